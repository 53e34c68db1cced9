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
alzheimer, parkinson, crohn, down, hodgkin, addison, cushing, hashimoto, behcet, sjogren, raynaud, tourette, asperger, huntington, kawasaki, chagas, hansen, paget
"""
FIGURES = frozenset(entry.strip() for line in _FIGURES.split("\n") for entry in line.split(",") if entry.strip())
