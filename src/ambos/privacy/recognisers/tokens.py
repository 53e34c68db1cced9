"""Forms of keys and tokens that services document for their own secret scanning: (service, pattern over cased text)."""
# ruff: noqa: E501 - a pattern is read as one line

from typing import Final

_T = r"[A-Za-z0-9_\-]"

TOKENS: Final = (
    ("amb", rf"\bamb_{_T}{{20,}}"),
    # Models and their tools.
    ("openai", rf"\bsk-(?:proj-|svcacct-|admin-|or-v1-)?{_T}{{20,}}"),
    ("anthropic", rf"\bsk-ant-{_T}{{20,}}"),
    ("huggingface", r"\bhf_[A-Za-z0-9]{20,}|\bapi_org_[A-Za-z0-9]{20,}"),
    ("groq", r"\b(?:gsk|xai|r8|pplx|nvapi|tvly|lsv2_pt|lsv2_sk|fw|key|sess)[_\-][A-Za-z0-9_\-]{32,}"),
    # Clouds.
    ("aws", r"\b(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}\b"),
    ("google", rf"\bAIza{_T}{{35}}|\bGOCSPX-{_T}{{20,}}|\bya29\.{_T}{{20,}}|\b1//0{_T}{{30,}}"),
    ("azure", r"\bAccountKey=[A-Za-z0-9+/]{40,}={0,2}|\bSharedAccessKey=[A-Za-z0-9+/]{30,}={0,2}|\b[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.\-]{31,}"),
    ("alibaba", r"\bLTAI[A-Za-z0-9]{12,}|\bAKID[A-Za-z0-9]{16,}"),
    ("digitalocean", r"\bdo[opr]_v1_[a-f0-9]{40,}"),
    ("cloudflare", r"\bv1\.0-[a-f0-9]{24}-[a-f0-9]{100,}|\bcfut_[A-Za-z0-9_\-]{30,}"),
    ("heroku", r"\bHRKU-[A-Za-z0-9_\-]{30,}"),
    ("hosting", r"\b(?:nfp|vcp|vca|rnd|fo1|fm2)_[A-Za-z0-9_\-]{20,}|\bsbp_[a-f0-9]{40}\b|\bsb_secret_[A-Za-z0-9_\-]{20,}"),
    ("databricks", r"\bdapi[a-f0-9]{32}\b"),
    ("planetscale", r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_\-.]{30,}"),
    # Code, packages, building.
    ("github", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"),
    ("gitlab", rf"\b(?:gl(?:pat|ptt|rt|dt|cbt|agent|soat|oas|ffct|imt)|GR1348941)-?{_T}{{18,}}"),
    ("atlassian", r"\bAT(?:ATT|CTT|BB)[A-Za-z0-9]?[A-Za-z0-9_\-=]{24,}"),
    ("npm", r"\bnpm_[A-Za-z0-9]{30,}|_authToken=[A-Za-z0-9\-_]{20,}"),
    ("pypi", r"\bpypi-[A-Za-z0-9_\-]{30,}"),
    ("packages", r"\brubygems_[a-f0-9]{48}\b|\bcio[A-Za-z0-9]{32}\b|\boy2[a-z0-9]{43}\b|\bdckr_[po]at_[A-Za-z0-9_\-]{20,}|\bAKCp[A-Za-z0-9]{60,}"),
    ("vault", r"\bhv[sbr]\.[A-Za-z0-9_\-]{24,}|\b[a-z0-9A-Z]{14}\.atlasv1\.[A-Za-z0-9_\-=]{50,}|\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.\-]{30,}|\bpul-[a-f0-9]{40}\b"),
    ("age", r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    ("onepassword", r"\bops_eyJ[A-Za-z0-9_\-+/=]{50,}|\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b"),
    ("monitoring", r"\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b|\bglc_[A-Za-z0-9+/]{32,}={0,2}|\bNRAK-[A-Z0-9]{27}\b|\bsntry[su]_[A-Za-z0-9_=+/\-]{30,}|\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b"),
    # Talking.
    ("slack", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-[0-9]-[A-Za-z0-9\-]{10,}|\bhooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{30,}"),
    ("discord", r"\b[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}|\bdiscord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_\-]{60,}"),
    ("telegram", r"\b[0-9]{8,10}:AA[A-Za-z0-9_\-]{32,}"),
    ("sendgrid", r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    ("mail", r"\bkey-[0-9a-f]{32}\b|\b[0-9a-f]{32}-us[0-9]{1,2}\b|\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b"),
    ("twilio", r"\b(?:SK|AC)[0-9a-f]{32}\b"),
    ("meta", r"\bEAA[A-Za-z0-9]{80,}|\bAAAAAAAAAAAAAAAAAAAA[A-Za-z0-9%]{30,}"),
    # Money and shops.
    ("stripe", r"\b(?:sk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{20,}"),
    ("payments", r"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_\-]{20,}|\brzp_(?:live|test)_[A-Za-z0-9]{14,}|\bAPP_USR-[0-9]{10,}-[A-Za-z0-9\-]{20,}|\baccess-(?:sandbox|development|production)-[0-9a-f\-]{36}\b|\baccess_token[$]production[$][0-9a-z]{16}[$][0-9a-f]{32}\b"),
    ("shopify", r"\bshp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}\b"),
    # Offices.
    ("offices", r"\blin_api_[A-Za-z0-9]{32,}|\bsecret_[A-Za-z0-9]{43}\b|\bntn_[A-Za-z0-9]{40,}|\bfigd_[A-Za-z0-9_\-]{30,}|\bpat[A-Za-z0-9]{14}\.[a-f0-9]{64}\b|\bsl\.[A-Za-z0-9_\-]{100,}|\bdt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{60,}"),
    ("jwt", rf"\beyJ{_T}{{8,}}\.{_T}{{4,}}\.?{_T}*"),
)  # fmt: skip
