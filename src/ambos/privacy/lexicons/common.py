"""Everyday words that are nobody's name: a doubtful learned name made of nothing else is none, and none of them spreads.

Words that are names too (*Rosa*, *Blanco*, *Mark*) are not here.
"""

from ambos.privacy.normalise import fold

_WORDS = """
a ab abajo abierto abogado about above abre acaba acabo accept access acción account acta actividad actor actual acuerdo add
adiós address además admin after again agosto agua ahí ahora ahorro al alcohol algo alguien algún alguno algunos algorithms
all allí alquiler also alta alto alumno always amigo amiga amigos among amount an and año años another answer antes any
anyone api app apellido apellidos aprende aprobado apply aquel aquí archivo área argument arriba arte artículo as asistente
ask asunto at atención atentamente attached aula aunque author autor avisa ayer ayuda azul bad baja bajo balance bank banco
base be because been before bien bienvenido big birthday blog body bonito book born both box brother budget buena buenas
bueno buenos bug building bus business busca but button buy by cada café call cama cambia cambio can cancel cantidad capital
car cara card care caro casa casi caso cat cero certificado change chat check chica chico child children ciudad claro clase
class clave clear client cliente close coche code código coffee colegio color com come comida comment commit como cómo
company compañero compra computer con concepto conduct condiciones confirma connect consulta contact contacto contar
contenido contra contract contrato copy correct correo cosa cosas could country course create crear credit crédito cree cuál
cualquier cuando cuándo cuánto cuarto cuatro cuenta cuento cuerpo cuidado curso da dame data date datos days de dear debe
deber debo december decide decidir decir default defecto del delete demasiado dentro department departamento derecho derecha
desde después detrás día días diciembre did different difícil dígame digo dime dinero dirección director directora doctor
doctora documento does dólar donde dónde doña dos dr dra draft dragon dragón drive duda dueño during each early easy eat
edad edificio edit educación eight either ejemplo el él elección elementos ella ellos email empieza empleado empresa en
enero english enough entonces entrada entre envía envío environment equipo era eres error es esa ese eso español española
está están estado este éste estimado estimada estimados esto estoy estudiante euro euros eur even event ever every everyone
example excel except exit expediente experiencia explain explica explícame export extra fácil factor factura false family
familia father favor february febrero fecha federal feliz fin field figura fila file final find fine fire first fix fondo
for form forma fórmula foto friday friend from frontera fuego fuera full function función furniture future gasto general
gente get gives go gobierno going good gracias grado gran grande group grupo gusta guide haber había habla hablar hace hacen
hacer hacia had hago hand hang happy hard has hasta have hay haz he header health hello help her here hermano hermana hi
hija hijo hijos him his historia hogar hola hombre home hora horas hospital hotel hour hours house how however hoy i id idea
ideas idioma if igual image import importa importe important in incluye include index info informe información ingreso
inicio input insert instead internal interno into invierno invoice is issue it item its january jefe jefa jueves juego july
junio just jardín join json juez key kind know kilómetro la label lado lan language large las last late later latest lata
law le learn leave left legal lejos lengua les let letra letter level ley lib libre libro like línea line link list lista
little live load local log look los love luego lugar lunes machine madre mail main major make mal mala malo manager manera
mañana many march martes match máster mayor me media medio mejor mensaje menos menú merge mes mesa message meses meta mi mí
mientras miércoles mil mine minutes minuto mis misma mismo modelo modo momento monday money month months more moreover
morning most mother motivo movie móvil mucha mucho muchas muchos muestra mujer mundo museo music must muy my nada nadie name
narrator natural near necesito need needs never new news next nice night niña niño niños no noche nombre norte not nota note
nothing noviembre november now nuestra nuestro nueva nuevo null number número nunca o october octubre of off office oficina
oficial ok okay old on once one only open opción or orange order origin orden oro other otra otro our out over owner padre
padres page pago país palabra pan panel papel papeles para paragraph parents parque parte party pasado pasar paso password
patient paciente pedido película pensar pequeño pero perro persona personal personas people phone pide piso place plan plane
play player please plus poco poder podría point política poner poor popular por porque posible power precio pregunta
presidente press presupuesto previous primer primera primero private problema problem process profesor profesora profile
program programa project propia propio proyecto print prueba public público pueblo puede puedes puedo pues puesto puse que
qué queda querido querida question quick quien quién quiero quizá quizás rápido raro razón read ready real reason receta
recibo recipe red redacta región regla regular remove reply report request research resume resumen resto return reunión
review revisa right río room root row ropa rule run sábado sabe sabes saber sales sale saludo saludos same sample sábados
sea search season second section segundo segunda seguro see seis select semana semanas send señor señora sentence september
septiembre ser será series server service servicio session set seven several she ship short should show si sí sido siempre
siete siglo siguiente simple sin sir sister site sitio six size small so sobre sociedad software solo sólo solicitud some
someone something sometimes son soon sorry sort source sous south soy spanish start state status stay step still stop story
street string strong student students su sub such sueldo summary sunday support supuesto sur sure sus system tabla table
take tal talk también tampoco tan tanto tarde tardes tarjeta task tax te teacher team tel teléfono telephone tell tema
temprano ten tener tengo tercera tercero test text texto than thank thanks that the their them then there these they thing
things third this those though thought three through thursday ti tiempo tienda tiene tienen tienes time tipo title titular
título to toda todas today todavía todo todos together token tomorrow too tool top total town trabajo trabajador traduce
train translate tren tres true try tu tú tuesday two type última último un una unas under unit unidad universidad university
uno unos until up update us usa usar use used user usuario usually útil va vacaciones value valor vamos van various varios
veces vecino vehículo ven ver verano verdad verde version versión very vez vida video viene viernes view visita vive
vivienda vivo volver vosotros voy vuelta vuestro wait want was watch water way we web wednesday week weeks welcome well went
were what when where which while who whole why wife will window wish with without woman word words work workers world would
wrong write y ya year years yellow yes yesterday yet yo you your yours zona
are am did does doing done how isn wasn didn doesn don oh ah yikes oops wow hmm identity exchanging currencies currency exchange
mastercard visa paypal bizum google amazon whatsapp netflix instagram facebook top-up topup transfer transfers refund atm pin
ping curl grep ssh sudo git docker kubectl pip npm yarn traceroute regex null undefined localhost timeout stdout stderr
pues vale venga anda ojalá menuda menudo vaya claramente total además casi fatal genial perfecto estupendo gracias porfa porfi
"""
COMMON = frozenset(fold(_WORDS).lower.split())
