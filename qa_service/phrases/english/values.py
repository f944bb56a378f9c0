"""Names of the values that the corpus and answers hold."""

from qa_service.types import Complaint, Evidence, Group, SourceKind, Topic

TOPICS = {
    Topic.WHO: "Who it is for",
    Topic.STEPS: "Steps",
    Topic.DOCUMENTS: "Documents",
    Topic.FEE: "Fee",
    Topic.TERM: "How long it takes",
    Topic.WHERE: "Where to go",
    Topic.ONLINE: "Online",
    Topic.RESULT: "Result",
    Topic.VALIDITY: "Validity",
    Topic.REFUSAL: "Refusal",
    Topic.EXAM: "Exams",
    Topic.LEGAL: "Legislation",
    Topic.PENALTY: "Penalties",
    Topic.MARTIAL_LAW: "Martial law",
    Topic.CONTACT: "Contacts",
    Topic.NOTE: "Good to know",
}
GROUPS = {
    Group.DRIVING_LICENCE: "Driving licence",
    Group.EXAMS_AND_TRAINING: "Training and exams",
    Group.VEHICLE_REGISTRATION: "Vehicle registration",
    Group.PLATES: "Number plates",
    Group.CERTIFICATES_AND_CONTROL: "Certificates, permits and control",
    Group.SERVICE_CENTRES: "Service centres, enquiries and complaints",
}
GROUP_HINTS = {
    Group.DRIVING_LICENCE: "Get the first one, exchange, restore, open a new category",
    Group.EXAMS_AND_TRAINING: "Driving school, medical certificate, theory, practice, retakes",
    Group.VEHICLE_REGISTRATION: "Purchase, sale, import, inheritance, deregistration",
    Group.PLATES: "Choose, order your own, replace, keep",
    Group.CERTIFICATES_AND_CONTROL: "Registration certificate, inspection, criminal record, "
    "dangerous goods",
    Group.SERVICE_CENTRES: "Addresses, booking, payment, Driver’s Cabinet, complaints",
}
CHANNELS = {
    "service-centre": "MIA service centre",
    "cnap": "administrative service centre (TsNAP)",
    "diia": "Diia",
    "driver-cabinet": "Driver’s Cabinet",
    "post": "Ukrposhta",
    "other": "other bodies",
}
EVIDENCE_NOTES = {
    Evidence.MEDIUM: "partly confirmed",
    Evidence.LOW: "confirmed by one indirect or old source only",
}
SOURCE_KINDS = {
    SourceKind.OFFICIAL: "official",
    SourceKind.LAW: "law",
    SourceKind.MEDIA: "media",
}
COMPLAINTS = {
    Complaint.OUTDATED: "Out of date",
    Complaint.OTHER_QUESTION: "About something else",
    Complaint.UNCLEAR: "Unclear",
    Complaint.BROKEN_LINK: "A link does not work",
    Complaint.MISSING: "There is no answer",
}
FITS = ("fits the question", "seems to fit the question", "may not fit the question")
