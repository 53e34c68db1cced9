"""Right words that look like a mistyped word of a fact ("append", "deporte"), found among 264,000 words of text and code."""

_WORDS = """
addition additions christina cristina conceal conceals delgado delgada freeing seeding behavior compliant capitals
leaning disable disabled papers varies unions paying concert singles looped esposa esposas deporte deportes alegria
alegrias hipotesis trafico denuncia encina encinas transferencia transferencias facturacion counsel consell comunitario
comunitarios inhale invalide operare autoestima postracion fumado camelo colera morton sorder venerable intolerable
evangelio evangelista ramdan cirjan diarra seting asmatch methodstr codina blanque parera morina piquet farinos mirantes
humilladero ramada alegia cirujales parals morato analitico analitica analiticos analiticas analiticamente depresible
amargura ruptura bautista bautizo hipotenusa calcul adicion adicional adicionales adicionalmente sobredo setting
candidas polimorfo
"""
_STEMS = """
append calcula calculo calculu polymorph polimorf transfer migra strang stranger abort union hypot mediad mediat aesthet
autoescap extradi offene overstat evangeli dirread sincoef logopen miranti metata metastr tortuer contract
"""
NOT_MISTYPED = frozenset(_WORDS.encode().split())
# No word that begins so is a mistyped one.
NOT_MISTYPED_STEMS = tuple(_STEMS.encode().split())
