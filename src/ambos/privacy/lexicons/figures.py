"""Public figures in public roles, whose bare name in a text is not personal data: history, science, letters, arts, offices.

Only a finding that equals an entry is dropped, never a name beside a cue ("my patient", "Sr."), a number or an address.
"""
# ruff: noqa: E501 - lists are data

_FIGURES = """
albert einstein, einstein, isaac newton, newton, galileo galilei, galileo, charles darwin, darwin, marie curie, pierre curie, nikola tesla, alan turing, ada lovelace
stephen hawking, richard feynman, niels bohr, werner heisenberg, erwin schrodinger, louis pasteur, alexander fleming, gregor mendel, santiago ramon y cajal
severo ochoa, rosalind franklin, james watson, francis crick, thomas edison, leonardo da vinci, arquimedes, archimedes, pitagoras, pythagoras, euclides
euclid, aristoteles, aristotle, platon, plato, socrates, descartes, rene descartes, immanuel kant, kant, hegel, friedrich nietzsche, nietzsche, karl marx, marx
sigmund freud, freud, adam smith, john maynard keynes, keynes, milton friedman, euler, leonhard euler, gauss, carl friedrich gauss, blaise pascal, pascal, fermat
pierre de fermat, bernoulli, laplace, fourier, riemann, kurt godel, hilbert, thomas bayes, bayes, ronald fisher, karl pearson
miguel de cervantes, cervantes, don quijote, quijote, don quixote, sancho panza, dulcinea, lope de vega, calderon de la barca, francisco de quevedo, quevedo
luis de gongora, gongora, garcilaso de la vega, gustavo adolfo becquer, becquer, rosalia de castro, benito perez galdos, perez galdos, galdos, leopoldo alas, clarin
antonio machado, juan ramon jimenez, federico garcia lorca, garcia lorca, lorca, rafael alberti, miguel hernandez, pablo neruda, neruda, gabriela mistral
gabriel garcia marquez, garcia marquez, jorge luis borges, borges, julio cortazar, cortazar, mario vargas llosa, vargas llosa, octavio paz, juan rulfo, isabel allende
william shakespeare, shakespeare, hamlet, romeo, macbeth, charles dickens, dickens, jane austen, virginia woolf, oscar wilde, mark twain, edgar allan poe
ernest hemingway, hemingway, george orwell, orwell, j. k. rowling, harry potter, sherlock holmes, agatha christie, arthur conan doyle, tolkien, j. r. r. tolkien, homero, homer
dante, dante alighieri, goethe, franz kafka, kafka, fiodor dostoyevski, dostoyevski, dostoevsky, leon tolstoi, tolstoi, tolstoy, victor hugo, moliere, voltaire
rousseau, montesquieu, albert camus, camus, jean-paul sartre, sartre, simone de beauvoir, julio verne, jules verne, marcel proust, umberto eco, mary shelley, frankenstein
pablo picasso, picasso, salvador dali, dali, diego velazquez, velazquez, francisco de goya, goya, el greco, joan miro, antoni gaudi, gaudi, vincent van gogh, van gogh
claude monet, monet, rembrandt, vermeer, miguel angel, michelangelo, caravaggio, botticelli, frida kahlo, diego rivera, andy warhol, edvard munch, gustav klimt
ludwig van beethoven, beethoven, wolfgang amadeus mozart, mozart, johann sebastian bach, bach, antonio vivaldi, vivaldi, chopin, frederic chopin, schubert, wagner
richard wagner, verdi, giuseppe verdi, tchaikovsky, chaikovski, stravinsky, manuel de falla, isaac albeniz, elvis presley, john lennon, paul mccartney, michael jackson, freddie mercury
bob dylan, bob marley, beyonce, taylor swift, shakira, alejandro sanz, julio iglesias, placido domingo, charlie chaplin, marilyn monroe, alfred hitchcock
steven spielberg, pedro almodovar, luis bunuel, walt disney, cristobal colon, christopher columbus, columbus, hernan cortes, francisco pizarro, moctezuma, atahualpa
fernando de magallanes, magallanes, magellan, juan sebastian elcano, elcano, marco polo, vasco da gama, isabel la catolica, fernando el catolico, reyes catolicos
carlos v, carlos i, felipe ii, felipe vi, juan carlos i, alfonso xiii, carlos iii, simon bolivar, bolivar, jose de san martin, francisco franco, manuel azana
adolfo suarez, felipe gonzalez, jose maria aznar, jose luis rodriguez zapatero, mariano rajoy, pedro sanchez, julio cesar, julius caesar, caesar, neron, nero
cleopatra, alejandro magno, alexander the great, carlomagno, charlemagne, gengis kan, genghis khan, juana de arco, joan of arc, napoleon, napoleon bonaparte, bonaparte
luis xiv, louis xiv, maria antonieta, marie antoinette, enrique viii, henry viii, isabel ii, queen elizabeth, queen victoria, reina victoria, winston churchill, churchill
margaret thatcher, tony blair, boris johnson, george washington, abraham lincoln, lincoln, thomas jefferson, franklin d. roosevelt, roosevelt, john f. kennedy, kennedy
richard nixon, ronald reagan, bill clinton, george bush, barack obama, obama, donald trump, trump, joe biden, biden, kamala harris, adolf hitler, hitler, benito mussolini
mussolini, iosif stalin, stalin, vladimir lenin, lenin, leon trotski, mao zedong, mao, fidel castro, che guevara, ernesto guevara, nelson mandela, mandela, mahatma gandhi
gandhi, martin luther king, martin luther, malcolm x, rosa parks, angela merkel, emmanuel macron, charles de gaulle, vladimir putin, putin, volodymyr zelensky, xi jinping
papa francisco, pope francis, juan pablo ii, jesus, jesucristo, jesus christ, mahoma, muhammad, buda, buddha, moises, moses, san pablo, virgen maria, elon musk
bill gates, steve jobs, mark zuckerberg, jeff bezos, tim berners-lee, linus torvalds, guido van rossum, sam altman, warren buffett, henry ford, amancio ortega, lionel messi
messi, cristiano ronaldo, rafael nadal, rafa nadal, nadal, roger federer, serena williams, usain bolt, michael jordan, pele, diego maradona, maradona, fernando alonso, pau gasol
zeus, hercules, ulises, odysseus, aquiles, achilles, afrodita, aphrodite, apolo, apollo, atenea, athena, edipo, oedipus, superman, batman, spider-man, mickey mouse, santa claus, papa noel
salvador allende, hugo chavez, juan domingo peron, peron, eva peron, augusto pinochet, pinochet, emiliano zapata, pancho villa
benito juarez, porfirio diaz, lazaro cardenas, jose marti, antonio jose de sucre, bernardo o'higgins, francisco de miranda, tupac amaru, fulgencio batista
anastasio somoza, rafael trujillo, jorge rafael videla, raul alfonsin, carlos menem, nestor kirchner, cristina kirchner, javier milei, lula da silva, jair bolsonaro
evo morales, gabriel boric, sebastian pinera, michelle bachelet, gustavo petro, nayib bukele, andres manuel lopez obrador, claudia sheinbaum, nicolas maduro, dilma rousseff
alberto nunez feijoo, santiago abascal, isabel diaz ayuso, leopoldo calvo-sotelo, manuel fraga, dolores ibarruri, la pasionaria
clara campoamor, victoria kent, federica montseny, francisco largo caballero, juan negrin, emilio castelar, antonio canovas del castillo, juan prim, baldomero espartero
isabel de castilla, fernando de aragon, juana la loca, felipe el hermoso, alfonso x, alfonso xii, fernando vii, carlos iv, jose bonaparte, amadeo de saboya, el cid
rodrigo diaz de vivar, almanzor, abderraman iii, averroes, maimonides, isidoro de sevilla, san isidoro, santa teresa, teresa de jesus, san juan de la cruz, ignacio de loyola
bartolome de las casas, nunez de balboa, ponce de leon, hernando de soto, cabeza de vaca, francisco de orellana, pedro de valdivia, diego de almagro, malinche, cuauhtemoc
emilia pardo bazan, pio baroja, baroja, ramon maria del valle-inclan, valle-inclan, miguel de unamuno, unamuno, ortega y gasset, jose ortega y gasset, maria zambrano
camilo jose cela, miguel delibes, carmen laforet, ana maria matute, carmen martin gaite, vicente aleixandre, luis cernuda, gloria fuertes
arturo perez-reverte, almudena grandes, carlos ruiz zafon, isabel coixet, alejandro amenabar, penelope cruz, javier bardem, antonio banderas
alejo carpentier, jose lezama lima, cesar vallejo, ruben dario, sor juana ines de la cruz, mario benedetti, eduardo galeano, ernesto sabato, alfonsina storni, roberto bolano
adolfo bioy casares, juan carlos onetti, horacio quiroga, romulo gallegos, clarice lispector, paulo coelho, fernando pessoa, jose saramago, luis de camoens
francisco de zurbaran, zurbaran, bartolome esteban murillo, jusepe de ribera, joaquin sorolla, sorolla, juan gris, eduardo chillida, antoni tapies, fernando botero, rufino tamayo
santiago calatrava, rafael moneo, joaquin rodrigo, enrique granados, pau casals, andres segovia, paco de lucia, camaron de la isla, lola flores, montserrat caballe, carlos gardel
mercedes sosa, violeta parra, victor jara, silvio rodriguez, joan manuel serrat, joaquin sabina, rocio jurado, miguel bose, bad bunny, luis fonsi
miguel servet, isaac peral, leonardo torres quevedo, juan de la cierva, gregorio maranon, ida vitale, bernardo houssay, cesar milstein
oliver cromwell, william the conqueror, richard the lionheart, king arthur, king john, mary queen of scots, anne boleyn, elizabeth i, queen elizabeth i, elizabeth ii, charles i, charles ii, charles iii
king charles, prince william, prince harry, princess diana, lady diana, horatio nelson, duke of wellington, florence nightingale, emmeline pankhurst, clement attlee
neville chamberlain, james callaghan, theresa may, liz truss, rishi sunak, keir starmer, jeremy corbyn, nigel farage
eamon de valera, james joyce, samuel beckett, w. b. yeats, seamus heaney, jonathan swift, bernard shaw, george bernard shaw, daniel o'connell
alexander hamilton, benjamin franklin, ulysses s. grant, robert e. lee, theodore roosevelt, woodrow wilson, herbert hoover, harry truman
dwight eisenhower, lyndon b. johnson, gerald ford, jimmy carter, hillary clinton, michelle obama, ruth bader ginsburg, frederick douglass, harriet tubman, sojourner truth, booker t. washington
w. e. b. du bois, susan b. anthony, amelia earhart, neil armstrong, buzz aldrin, yuri gagarin, valentina tereshkova, wright brothers, alexander graham bell, robert oppenheimer, grace hopper
geoffrey chaucer, chaucer, john milton, john keats, keats, lord byron, percy shelley, william wordsworth, wordsworth, samuel taylor coleridge, william blake, charlotte bronte
emily bronte, george eliot, rudyard kipling, robert louis stevenson, lewis carroll, h. g. wells, aldous huxley, d. h. lawrence, t. s. eliot, w. h. auden, dylan thomas, sylvia plath
walt whitman, emily dickinson, herman melville, nathaniel hawthorne, henry david thoreau, ralph waldo emerson, f. scott fitzgerald, john steinbeck, william faulkner, toni morrison, maya angelou
j. d. salinger, harper lee, stephen king, margaret atwood, salman rushdie, ian fleming, c. s. lewis, roald dahl, beatrix potter, terry pratchett, neil gaiman, kazuo ishiguro, haruki murakami
david hume, thomas hobbes, jeremy bentham, john stuart mill, bertrand russell, ludwig wittgenstein, wittgenstein, karl popper, baruch spinoza, spinoza, leibniz, gottfried leibniz, heidegger
martin heidegger, hannah arendt, michel foucault, foucault, jacques derrida, jean piaget, piaget, lev vygotsky, vygotsky, carl jung, b. f. skinner, ivan pavlov, maria montessori, noam chomsky
emile durkheim, david ricardo, thomas malthus, friedrich hayek, thomas piketty, michael faraday, faraday, james clerk maxwell, max planck, planck, ernest rutherford, enrico fermi
paul dirac, edwin hubble, carl sagan, johannes kepler, kepler, nicolas copernico, copernico, nicolaus copernicus, copernicus, tycho brahe, antoine lavoisier, lavoisier, dmitri mendeleev, mendeleiev
linus pauling, barbara mcclintock, jane goodall, alfred wegener, carl linnaeus, linneo, alexander von humboldt, edward jenner, joseph lister, christiaan barnard, hippocrates
hipocrates, galen, galeno, avicenna, avicena, charles babbage, john von neumann, claude shannon, dennis ritchie, bjarne stroustrup, donald knuth, edsger dijkstra, steve wozniak, larry page
george frideric handel, handel, joseph haydn, haydn, franz liszt, liszt, johannes brahms, brahms, claude debussy, debussy, maurice ravel, gustav mahler, mahler, giacomo puccini, puccini, edward elgar
louis armstrong, duke ellington, miles davis, john coltrane, billie holiday, ella fitzgerald, frank sinatra, aretha franklin, jimi hendrix, mick jagger, david bowie, elton john, madonna, kurt cobain
amy winehouse, lady gaga, ed sheeran, banksy, j. m. w. turner, john constable, barbara hepworth, damien hirst, jackson pollock, mark rothko, edward hopper
georgia o'keeffe, paul cezanne, cezanne, paul gauguin, gauguin, henri matisse, matisse, auguste rodin, rodin, edouard manet, edgar degas, marc chagall, rene magritte, raffaello, titian, tiziano
frank lloyd wright, le corbusier, norman foster, zaha hadid, orson welles, stanley kubrick, quentin tarantino, martin scorsese, audrey hepburn, james dean, meryl streep, greta thunberg, malala yousafzai
muhammad ali, jesse owens, tiger woods, lewis hamilton, novak djokovic, carlos alcaraz, andres iniesta, david beckham, zinedine zidane, johan cruyff, simone biles, alexia putellas
desmond tutu, haile selassie, kwame nkrumah, jawaharlal nehru, nehru, indira gandhi, narendra modi, mother teresa, madre teresa, dalai lama, ho chi minh, pol pot, sun yat-sen, deng xiaoping, saladin
suleiman the magnificent, mustafa kemal ataturk, ataturk, gamal abdel nasser, yasser arafat, golda meir, ayatollah khomeini, otto von bismarck, bismarck, garibaldi, giuseppe garibaldi, maquiavelo
niccolo machiavelli, machiavelli, robespierre, maximilien robespierre, danton, cardinal richelieu, catherine the great, catalina la grande, peter the great, ivan the terrible, rasputin, trotsky
nikita khrushchev, mikhail gorbachev, gorbachev, boris yeltsin, josip broz tito, vaclav havel, lech walesa, willy brandt, helmut kohl, konrad adenauer, francois mitterrand, jacques chirac, charles martel
spartacus, espartaco, marcus aurelius, marco aurelio, caligula, trajano, trajan, hadrian, constantine the great, seneca, cicero, ciceron, ovid
herodotus, herodoto, pericles, leonidas, sophocles, sofocles, euripides, aristophanes, sappho, epicuro, confucius, confucio, lao tse, sun tzu, tutankhamun, tutankamon, ramses ii, nefertiti
alzheimer, parkinson, crohn, down, hodgkin, addison, cushing, hashimoto, behcet, sjogren, raynaud, tourette, asperger, huntington, kawasaki, chagas, hansen, paget
"""
FIGURES = frozenset(entry.strip() for line in _FIGURES.split("\n") for entry in line.split(",") if entry.strip())
