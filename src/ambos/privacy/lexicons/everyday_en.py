"""Health, English, in everyday words: what hurts, what broke, what was found, what one takes, what one can no longer do."""
# ruff: noqa: E501 - lists are data

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_BODY = (
    r"(?:head|neck|throat|ears?|eyes?|nose|mouth|tongue|tooth|teeth|jaw|chest|breasts?|ribs?|back|spine|spinal|disc|shoulders?|arms?|elbows?|wrists?|hands?|fingers?|legs?|"
    r"thighs?|knees?|ankles?|foot|feet|heel|toes?|hips?|pelvis|femur|tibia|collarbone|groin|stomach|tummy|belly|abdomen|abdominal|gut|bowels?|colon|rectum|liver|spleen|"
    r"pancreas|gallbladder|kidneys?|bladder|prostate|testicles?|testicular|penis|womb|uterus|ovary|ovaries|ovarian|vagina|cervix|cervical|lungs?|heart|aorta|artery|arteries|veins?|"
    r"brain|thyroid|lymph nodes?|skin|bones?|muscles?|tendons?|ligaments?|meniscus|acl|nerves?|retina|cornea|gums?|armpits?|scalp|blood)"
)
_THE = r"(?:(?:the|a|an|his|her|my|their|our|your|both|left|right|lower|upper)[ \n]+)*"
_WRONG = (
    r"(?:pains?|lumps?|shadow|mass|mole|aches?|tightness|pressure|swelling|injury|injuries|surgery|operation|op|infection|problems?|condition|trouble|cancer|tumou?r|lump|disease|failure|resection|"
    r"replacement|transplant|bypass|attack|clots?|spasms?|cramps?|strain|sprain|fracture|scan|biopsy|ulcers?|stones?|bleed|bleeding|damage|defect|murmur|weakness|stiffness|rash|removal|removed)"
)
_HURT = (
    r"(?:broke|broken|break|fractured?|sprained|twisted|tore|torn|dislocated|injured|hurt|swollen|sore|aching|bleeding|burnt|burned|bruised|infected|inflamed|operated on|"
    r"blocked|enlarged|numb|stiff|weak|bad|dodgy|lost|amputated|replaced|stitched|bandaged|shaking|shattered|crushed|pulled)"
)

_WORDS = """
the lump is *, found a lump, lumps, malignant, benign, biopsy, the biopsy, came back positive, tested positive
positive test, she's expecting, expecting a baby, with child, in labour, in labor, gave birth, giving birth, postnatal
postpartum, antenatal, lost the baby, lost a baby, trying for a baby, trying to conceive, missed period, my period, pregnan*
miscarr*, stillb*, fertility treatment, fertility, ivf, egg freezing, sperm count, morning after pill, iud, hysterectom*
menopaus*, hot flushes, hot flashes, hrt, hiv, living with hiv, viral load, on prep, antiretro*, std, sti, chlamydia, herpes
wheelchair, wheelchair user, crutches, walking frame, hearing aid, hearing aids, cochlear implant, stoma, colostomy bag
colostom*, catheter, feeding tube, oxygen at home, cpap, insulin pump, prosthe*, prosthetic leg, guide dog, white cane
registered blind, partially sighted, visually impaired, deaf, hard of hearing, hearing impaired, can't walk, cannot walk
can't move *, cannot move *, can't hear, can't breathe, struggling to breathe, walk about *, walk more than *, bedridden
bed bound, bedbound, housebound, needs a carer, help to wash, help to dress, help with washing, help getting dressed
needs care, full time care, care home, nursing home, personal care, mobility issues, mobility problems, blue badge
pip claim, dla, attendance allowance, reasonable adjustment*, special needs, send support, ehcp, learning disability
learning difficult*, developmental delay, gifted and anxious, dyslex*, dyspra*, dyscalcul*, autis*, adhd, neurodiver*
stammer*, speech therap*, psycholog*, psychiatr*, therapist*, my therapist, in therapy, therapy session*, counsell*
counselor*, counseling, mental health, panic attack*, having panic, anxiety, low mood, self harm*, cutting herself
cutting himself, wants to die, want to die, end my life, end her life, end his life, take her own life, take his own life
suicid*, burnout, burned out, burnt out, ptsd, ocd, bpd, bipolar, schizo*, psychosis, psychotic, paranoi*, manic, mania
eating disorder*, anorex*, bulimi*, binge eating, agoraphob*, insomni*, can't sleep at night, in recovery
in recovery from *, recovering alcoholic*, recovering addict*, sober, sobriety, relapse*, relapsing, rehab, detox*
alcoholics anonymous, drinking problem, alcohol problem, alcohol abuse, alcohol depend*, addict*, substance use
substance misuse, cocaine, heroin, opioid*, cannabis, smoker, ex-smoker, gambling addict*, problem gambl*, overdos*
on antidepressants, on medication, on meds, my meds, her meds, his meds, takes medication, takes pills, taking pills
on insulin, insulin, inhaler*, nebuli*, painkiller*, sedated, sedat*, on statins, on blood thinners, anti-depress*
hospitali*, in hospital, in the hospital, taken to a&e, emergency department, er visit, icu, itu, hdu, on the ward, coma
in a coma, post-op, postop, nbm, nil by mouth, theatre list, anaesthe*, anesthe*, stitches, discharged from hospital
discharged home, keyhole surgery, had an operation, having an operation, needs an operation, surgeon, bowel resection
resection, oncolog*, haematolog*, hematolog*, cardiolog*, neurolog*, nephrolog*, endocrin*, rheumatolog*, gastroenterolog*
gynaecolog*, gynecolog*, urolog*, dermatolog*, orthop*, ophthalmolog*, midwife, physio, physiotherap*, chiropract*, podiatr*
dentist*, root canal, dental implant*, tooth extraction, blood results, abnormal results, lab work, blood sugar
his sugar is *, her sugar is *, sugar levels, sats, sats dropping *, o2 sats, blood pressure, heart rate
running a temperature, high temperature, second opinion, palliative, hospice, terminally ill, months to live, weeks to live
dying of *, died of *, passed away from *, off sick, sick note, fit note, signed off, signed off work, not fit for work
unfit for work, sick pay, ssp, sick day*, sick leave, medical leave, medical appointment, doctor's appointment
hospital appointment, on leave for medical *, medical reasons, health reasons, for medical reasons, medical condition*
health condition*, underlying condition*, chronic condition*, long-term condition*, occupational health, work injury
workplace injury, back injury, head injury, workers comp, workers' compensation, disability benefit*, incapacity, allerg*
nut allergy, anaphyla*, epi-pen, epipen, coeliac, celiac, gluten intoleran*, lactose intoleran*, intoleran*, diabet*
type 1 diabetic, type 2 diabetic, type 2 diabetes, hypotens*, high blood pressure, cholesterol, obes*, overweight
his stroke, her stroke, my stroke, ministroke, heart attack, cardiac *, angina, arrhyth*, palpitation*, pacemaker, stent
stents, blood clot, dvt, embolism, aneurysm*, seizure*, had a fit, another fit, having a fit, epilep*, migrain*, headaches
tremor, tremors, worsening tremor, shaking hands, numbness, tingling, dizzy, dizziness, fainted, fainting, concuss*
dementia, alzheimer*, parkinson*, memory loss, confused at night, ms relapse, multiple scler*, motor neurone, als
cerebral palsy, paralys*, paralyz*, weakness on *, asthma*, copd, bronchit*, pneumon*, chest infection, short of breath
shortness of breath, breathless*, wheez*, coughing up *, covid*, long covid, flu, the flu, influenza, fever, feverish
sore throat, tonsil*, sinus*, ear infection, vomit*, throwing up, diarrh*, constipat*, blood in *, passing blood
heavy bleeding, bleeding, incontinen*, uti, cystitis, kidney stone*, dialysis, transplant*, organ donor, cancer*, tumour*
tumor*, chemo*, radiotherap*, radiation treatment, in remission, leukaemi*, leukemi*, lymphoma*, melanoma*, mastectom*
carcinoma*, metasta*, oncology, crohn*, colitis, ibs, reflux, ulcer*, hernia*, gallstones, gallbladder *, cirrhosis
hepatitis, pancreatitis, appendi*, piles, haemorrhoid*, hemorrhoid*, colonoscop*, endoscop*, gastroscop*, arthrit*, osteo*
sciatica, slipped disc, gout, lupus, fibromyalg*, whiplash, carpal tunnel, frozen shoulder, hip replacement
knee replacement, broken bone, in plaster, in a cast, plaster cast, limping, scolios*, rsi, eczema, psorias*, acne, shingles
scabies, head lice, lice, ringworm, cataract*, glaucoma, detached retina, ill, very ill, seriously ill, falls ill, fell ill
illness, ailment, unwell, feel* poorly, is poorly, was poorly, been poorly, very poorly, so poorly, really poorly, poorly tummy, infirm, sickness, side effect*, is blind, i'm blind, went blind, going blind, blind in *
visual impairment, hearing impairment, lump in *, abortion*, abortifacient, on a ventilator, found unconscious, disabilit*
disabled person, disabled people, disabled child, disabled son, disabled daughter, hypertens*, hip bypass, heart bypass
stage ii melanoma, macular degeneration, admitted to hospital, in a&e, asperger*, mobility scooter, off work with *
off with stress, work-related stress, stress leave, can't see well, cannot see well, losing her sight, losing his sight
losing my sight, depressed, depression, depressive, malignanc*, carcinomatosis, had a stroke, after a stroke
stroke survivor, silicosis, asbestosis, mesothelioma, pneumoconiosis, brucellosis, ambulance, paramedic*, stretcher
on a drip, iv drip, bandage*, neck brace, knee brace, walking stick, zimmer frame, incontinence pads, caregiver
assisted living, memory care, respite care, dnr, do not resuscitate, living will, euthanasia, assisted dying, autopsy
bruises, bruising, black eye, allergic reaction, abscess, gum disease, water broke, waters broke, contractions, epidural
labour ward, period pain*, heavy periods, menstrua*, thrush, sexual health clinic, needle exchange, sectioned
mental health act, psych ward, psychiatric ward, inpatient, blood transfusion, platelet*, white cell count
immunocompromised, autoimmune *, flare-up, flare up of *, lost * kilos, lost * pounds, lost two stone, weight loss surgery
gastric band, gastric sleeve, tube fed, no longer recogni*, doesn't recogni*, wanders at night, forgets everything
memory problems, memory clinic, liver enzymes, liver function, kidney function, thyroid function, amputat*, on lithium
her lithium, his lithium, taking lithium, lithium level*, going deaf, losing her hearing, losing his hearing
losing my hearing, hot flush*, premature baby, born premature, neonatal, nicu, incubator, special care baby, breastfeed*
drug test, failed a drug test, on drugs, takes drugs, uses drugs, withdrawal symptoms, cold turkey, an infection
infection in *, infection on *, infection of *, infected wound, quarantin*, health scare, health problems, health issues
medical history, medical records, medical bill*, medical emergency, medical procedure, medical test*, clinical trial
under the knife, went under the knife, transfus*, cyst, cysts, polyp*, nodule*, growth on *, lesion*, rupture*, sprain*
dislocat*, splint, orthopedic *, orthotic*, in traction, appendix, since the stroke, since her stroke, since his stroke
after the stroke, hole in his heart, hole in her heart, hole in the heart, can't conceive, cannot conceive
can't have children, can't have kids, unable to conceive, gone yellow, turned yellow, worried about her heart, hears voices
hearing voices, had a seizure, hands shake, hands are shaking, shakes so much, blood in my *, rabies shot*, flu shot*
tetanus shot*, got the shot, bitten by a *, stung by *, months sober, years sober, weeks sober, been sober, stayed clean
blood thinner*, swollen feet, swollen legs, in a lot of pain, in constant pain, can't sleep, cannot sleep, can't eat
cannot eat, won't eat, stopped eating, not eating, skips meals, lost weight, losing weight, lost all her hair
losing her hair, losing his hair, wets the bed, soils himself, pees blood, passes out, passed out, blacked out
out of breath, gets breathless, gasping for *, burning up, running a fever, taken to hospital, taken to the hospital
in the er, went to the er, urgent care, under observation, kept in overnight, on the mend, recovering from *, convalesc*
bed rest, on oxygen, life support, brain dead, vegetative, rushed to hospital, rushed to the hospital, rushed to a&e
protein in my urine, protein in her urine, protein in his urine, sugar in her urine, throws up, came out in a rash
came out in hives, broke out in hives, worried about his liver, worried about her liver
"""

_WEAK = """
doctor, doctors, gp, nurse, hospital, clinic, ward, symptom*, tablet*, pill*, dose, prescription, sick, ill, pain*, ache*
hurt*, sore, dizzy, temperature, cough*, pregnan*, birth, virus, infect*, wound*, blood, bleed*, next of kin, referral
patient*, scan, vaccin*, heart, lung*, kidney*, liver, brain, knee*, ankle*, shoulder*, wrist, chest, stomach, belly, skin
bone*, eye*, ear*, diagnos*, treatment*, therapy, chronic, acute, worsening, caring, carer, yards, mobility, medical, medicine
medication
"""

EVERYDAY_EN = (
    WordList(
        "health.en.everyday", Kind.HEALTH, "everyday", _WORDS,
        patterns=(
            rf"{_BODY}[ \n]+(?:and[ \n]+[a-z]+[ \n]+)?{_WRONG}",
            rf"{_WRONG}[ \n]+(?:in|on|of|to|with)[ \n]+{_THE}{_BODY}",
            rf"{_HURT}[ \n]+{_THE}{_BODY}",
            rf"{_BODY}[ \n]+(?:is|are|was|were)[ \n]+(?:[a-z]+[ \n]+)?{_HURT}",
            r"(?:bp|blood pressure)[ :]+(?:of |is |at )?[0-9]{2,3} ?/ ?[0-9]{2,3}",
            r"(?:sats|spo2|o2|hr|rr|temp|sugar|glucose|bm)[ :]+(?:[a-z]+ ){0,2}[0-9]{1,3}(?:\.[0-9])? ?(?:%|bpm|c)?",
        ),
        but="head removed, hand scan, back operation",
    ),
    WordList("health.en.everyday.weak", Kind.HEALTH, "context", _WEAK, weak=True),
)  # fmt: skip
