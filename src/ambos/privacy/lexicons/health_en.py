"""Health, English: conditions, symptoms, drugs, procedures, and the phrases of clinical notes."""

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList

_CONDITIONS = """

pneumon*, diabet*, prediabet*, hypertens*, hypotens*, hypothyroid*, hyperthyroid*, thyroiditis, goitre, asthma
asthmatic*, copd, emphysema, bronchit*, bronchiolit*, bronchiectas*, cystic fibrosis, pulmonary fibrosis
sleep apnea, sleep apnoea, apnea, tuberculosis, influenza, tonsillit*, sinusit*, cancer, cancers, cancerous
carcinoma*, adenocarcinoma*, tumor, tumors, tumour*, metastas*, metastatic, melanoma*, sarcoma*, lymphoma*, leukemi*
leukaemi*, myeloma*, glioma*, glioblastoma*, neoplasm*, neoplas*, oncolog*, adenoma*, cyst, cysts, polyp, polyps
malignan*, benign tumor, benign tumour, dysplasia, hyperplasia, heart attack*, myocardial infarction, infarction
angina, heart failure, heart disease, heart condition, heart murmur, kidney failure, kidney disease, renal failure
respiratory failure, liver failure, liver disease, arrhythmia*, atrial fibrillation, tachycardi*, bradycardi*
aneurysm*, thrombos*, embolism*, blood clot*, phlebit*, varicose vein*, stroke patient, had a stroke
ischemic stroke, mini stroke, transient ischaemic attack*, transient ischemic attack*
had a tia, having a tia, suffered a tia, after a tia, history of tia, suspected tia, previous tia, prior tia, recent tia
tia clinic, had tia, possible tia, stroke or tia, tia or stroke
hemiplegi*, paraplegi*, quadriplegi*, tetraplegi*, hemorrhag*, haemorrhag*
atherosclerosis, dyslipidemi*, hyperlipidemi*, high cholesterol, hypercholesterol*, high blood pressure
low blood pressure, high blood sugar, obesity, morbidly obese, anemi*, anaemi*, hemophil*, haemophil*, thalassemi*
sickle cell, leukopeni*, neutropeni*, gastrit*, gastroenterit*, ulcer, ulcers, acid reflux, gerd, hernia*, colitis
ulcerative colitis, crohn*, coeliac, celiac, irritable bowel, ibs, diverticul*, appendicit*, pancreatit*, cirrhosis
hepatit*, fatty liver, gallstone*, kidney stone*, hemorrhoid*, haemorrhoid*, constipation, diarrhea, diarrhoea
lactose intoleran*, gluten intoleran*, nephrit*, nephropath*, cystit*, urinary tract infection*, uti, utis
prostatit*, incontinen*, arthrit*, osteoarthrit*, osteoporosis, osteopenia, fibromyalgi*, lupus, spondylit*
scoliosis, sciatica, tendonit*, tendinit*, bursit*, sprained *, fractured *, herniated disc, slipped disc
carpal tunnel, gout, torn acl, torn meniscus, epilep*, seizure*, migraine*, alzheimer*, dementia, parkinson
parkinsons, parkinson's, multiple sclerosis, sclerosis, motor neurone disease, neuropath*, neuralgi*, ataxia
huntington*, muscular dystrophy, myasthenia*, meningit*, encephalit*, hydrocephalus, cerebral palsy, facial palsy
autis*, asperger*, adhd, dyslexi*, down syndrome, down's syndrome, tourette*, depression, depressive, depressed
anxiety, anxiety disorder, bipolar, schizophreni*, psychosis, psychotic, ocd, obsessive compulsive, ptsd
post-traumatic stress, phobia*, anorexi*, bulimi*, insomnia, panic attack*, suicid*, suicidal, self-harm*
self harm*, alcoholi*, drug abuse, substance abuse, overdose*, hiv, hiv-positive, hiv positive, syphilis, gonorrh*
chlamydia, herpes, hpv, candidiasis, sexually transmitted, std, stds, sti, stis, endometriosis, pcos, polycystic *
fibroid*, amenorrh*, dysmenorrh*, menopaus*, preeclampsia, pre-eclampsia, pregnan*, miscarriage*, abortion*
infertil*, erectile dysfunction, impotence, psoriasis, dermatitis, eczema, urticaria, hives, acne, vitiligo, rosacea
cellulitis, impetigo, scabies, alopecia, cataract*, glaucoma, retinopath*, retinal detachment, macular degeneration
conjunctivitis, deaf, deafness, hearing loss, tinnitus, vertigo, sepsis, septic, septic shock, malaria, dengue, zika
chickenpox, measles, rubella, mumps, whooping cough, tetanus, mononucleosis, toxoplasmosis, lyme disease, salmonella
cholera, leprosy, ebola, mpox, monkeypox, anaphyla*, rare disease, chronic illness, chronic disease, autoimmune
mental illness, mental health condition*, terminal illness, terminally ill, disabled, disability, disabilities
sick leave, medical leave, long-term sick*, brain injury, head injury, concussion*, burns unit, palliative care
hospice care, hypoglyc*, hyperglyc*, hypokal*, hyperkal*, hyponatr*, dehydrat*, malnutrition, edema, oedema, ascites
jaundice, cyanosis, syncope, fainting, long covid, has covid, had covid, with covid*, covid positive, covid-positive
tested positive for *, suffered a stroke, has aids, with aids, hiv aids, has als, with als, food poisoning
lead poisoning, blood poisoning, drug addict*, addiction to *, addicted to *, substance addiction
"""

_SYMPTOMS = """

fever, febrile, chills, dyspnea, dyspnoea, shortness of breath, difficulty breathing, abdominal pain, chest pain
back pain, stomach pain, joint pain, muscle pain, chronic pain, nausea, vomiting, dizziness, dizzy spells
palpitations, hemoptysis, haemoptysis, hematuria, haematuria, dysuria, polyuria, melena, rectal bleeding
vaginal bleeding, sputum, wheez*, paresthesia*, numbness, tremor*, spasticity, dysphagia, sore throat, hoarseness
nosebleed*, pruritus, skin rash, night sweats, weight loss, loss of consciousness, memory loss, hallucination*
delirium, fatigue syndrome, chronic fatigue, headache*, cough with *, productive cough, dry cough, blood pressure
oxygen saturation, swollen *, a rash
"""

_DRUGS = """

acetaminophen, tylenol, paracetamol, ibuprofen, advil, aspirin, naproxen, diclofenac, celecoxib, tramadol, codeine
morphine, fentanyl, oxycodone, oxycontin, hydrocodone, buprenorphine, suboxone, methadone, naloxone, amoxicillin
augmentin, azithromycin, clarithromycin, ciprofloxacin, levofloxacin, doxycycline, cephalexin, ceftriaxone
cefuroxime, vancomycin, gentamicin, meropenem, piperacillin, nitrofurantoin, metronidazole, clindamycin
trimethoprim, penicillin, metformin, insulin, glipizide, gliclazide, glyburide, sitagliptin, empagliflozin
dapagliflozin, semaglutide, ozempic, wegovy, mounjaro, tirzepatide, liraglutide, enalapril, lisinopril, ramipril
captopril, losartan, valsartan, candesartan, amlodipine, nifedipine, diltiazem, verapamil, bisoprolol, atenolol
propranolol, carvedilol, metoprolol, furosemide, hydrochlorothiazide, spironolactone, digoxin, amiodarone
atorvastatin, lipitor, simvastatin, rosuvastatin, pravastatin, ezetimibe, warfarin, heparin, enoxaparin, apixaban
eliquis, rivaroxaban, xarelto, dabigatran, clopidogrel, plavix, ticagrelor, omeprazole, pantoprazole, lansoprazole
esomeprazole, ranitidine, metoclopramide, ondansetron, loperamide, mesalamine, mesalazine, albuterol, salbutamol
ventolin, budesonide, formoterol, salmeterol, fluticasone, tiotropium, montelukast, prednisone, prednisolone
methylprednisolone, dexamethasone, hydrocortisone, corticosteroid*, levothyroxine, synthroid, loratadine, cetirizine
fexofenadine, sertraline, zoloft, fluoxetine, prozac, paroxetine, citalopram, escitalopram, lexapro, venlafaxine
duloxetine, mirtazapine, trazodone, bupropion, wellbutrin, amitriptyline, alprazolam, xanax, lorazepam, ativan
diazepam, valium, clonazepam, klonopin, benzodiazepine*, antidepressant*, antipsychotic*, zolpidem, ambien
quetiapine, seroquel, olanzapine, risperidone, aripiprazole, haloperidol, clozapine, lithium carbonate, lamotrigine
valproate, valproic acid, levetiracetam, keppra, carbamazepine, phenytoin, topiramate, gabapentin, pregabalin
levodopa, sinemet, donepezil, memantine, methylphenidate, ritalin, adderall, vyvanse, lisdexamfetamine, atomoxetine
methotrexate, azathioprine, cyclosporine, tacrolimus, adalimumab, humira, infliximab, etanercept, rituximab
trastuzumab, bevacizumab, pembrolizumab, keytruda, nivolumab, tamoxifen, letrozole, anastrozole, cyclophosphamide
cisplatin, carboplatin, doxorubicin, paclitaxel, imatinib, allopurinol, colchicine, alendronate, denosumab
antiretroviral*, tenofovir, emtricitabine, truvada, biktarvy, dolutegravir, acyclovir, valacyclovir, oseltamivir
tamiflu, remdesivir, paxlovid, fluconazole, ivermectin, hydroxychloroquine, chloroquine, birth control pill*
contracepti*, misoprostol, mifepristone, clomiphene, progesterone, estradiol, testosterone, finasteride, tamsulosin
sildenafil, viagra, tadalafil, cialis, isotretinoin, accutane, antibiotic*, anticoagulant*, blood thinner*
chemotherapy, immunosuppress*, immunotherapy, statin, statins, nitroglycerin, epinephrine, epipen
"""

_PROCEDURES = """
chemo, radiotherapy, radiation therapy, dialysis, hemodialysis, transplant*, surgery, surgeries, surgical
appendectomy, cholecystectomy, mastectomy, hysterectomy, prostatectomy, tonsillectomy, laparoscop*, colonoscop*
endoscop*, bronchoscop*, arthroscop*, biops*, pap smear, mammogram*, ultrasound, echocardiogra*, electrocardiogra*
ecg, ekg, eeg, mri, mri scan, ct scan, cat scan, x-ray, x-rays, bone density, spirometry, holter monitor
blood test*, blood count, blood glucose, hba1c, a1c, creatinine, lab results, urinalysis, catheter*, angioplasty
stent, stents, bypass surgery, pacemaker, defibrillator, hip replacement, knee replacement, tracheostomy, intubat*
ventilator, c-section, cesarean, caesarean, amniocentesis, ivf, in vitro, vasectomy, blood transfusion
intensive care, icu, discharge summary, medical history, past medical history, family history of *, physical exam
physical examination, clinical impression, chief complaint, differential diagnosis, prognosis, treatment plan
treated for *, treatment for *, diagnosed with *, diagnosis of *, diagnosis, diagnosed, suffers from *
suffering from *, allergic to *, allergy to *, no known allergies, nkda, psychiatr*, psychotherap*, physiotherap*
physical therapy, prescribed *, prescription for *, operated on, admitted with *, admitted for *, hormone therapy
rehab for *, in rehab, disease, syndrome, disorder, eating disorder, personality disorder, medication for *
"""

_WEAK = """
patient, patients, symptom*, medication*, medicine*, dosage, tablet*, capsule*, prescription*, hospital*
emergency room, cough, infection*, wound*, clinic, allerg*, therapy, lung*, kidney*, liver, knee, prostate
cholesterol, glucose, vaccin*, injection*, cardiolog*, neurolog*, gynecolog*, gynaecolog*, pediatric*, paediatric*
dermatolog*, urolog*, illness
"""

HEALTH_EN = (
    WordList(
        "health.en", Kind.HEALTH, "condition", _CONDITIONS,
        patterns=(r"[a-z]{3,16}(?:itis|ectomy|ectomies|algia|aemia|penia|plegia|rrhea|rrhoea|rrhage|oscopy|plasty|opathy|otomy)",),
        but="nostalgia, bohemia, academia, dichotomy, anatomy, depression era, homeopathy",
    ),
    WordList("health.en.symptom", Kind.HEALTH, "symptom", _SYMPTOMS),
    WordList("health.en.drug", Kind.HEALTH, "drug", _DRUGS),
    WordList("health.en.procedure", Kind.HEALTH, "procedure", _PROCEDURES),
    WordList("health.en.weak", Kind.HEALTH, "context", _WEAK, weak=True),
)  # fmt: skip
