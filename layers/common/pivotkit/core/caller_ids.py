"""Caller IDs that say nothing: numbers that are withheld, and names that are no names.

KAZOO sends configured words if it has no name or number, and passes on whatever a carrier sends.
"""

WITHHELD = frozenset(
    """
    anonym anonyme anonymous anonymouscaller anonimo anónimo blocked blockedcaller blockednumber
    callerwithheld callerunknown desconocido hidden hiddennumber inconnu masque masqué nocallerid
    nonumber notavailable notprovided numberblocked numberprivate numberunavailable numberunknown
    numberwithheld numéromasqué numeroprivado oculto onbekend outofarea private privatecaller
    privatename privatenumber privado privato privé restricted restrictedcaller restrictednumber
    sconosciuto suppressed unavailable unavailablenumber unbekannt undisclosed unknown
    unknowncaller unknownname unknownnumber unterdrückt withheld withheldnumber
    """.split()  # noqa: SIM905  (a list of words is easier to read)
)
"""Words for a withheld number or name, in lower case, without spaces and signs."""

NO_NAMES = WITHHELD | frozenset(
    """
    caller callerid cellphone cellphonecall cellularcall cellularcaller fraudrisk incomingcall
    landline mobile mobilecall mobilecaller mobilephone nameblocked nameunavailable namewithheld
    nodata noname none null payphone potentialfraud potentialspam scamlikely scamrisk spamlikely
    spamrisk suspectedspam telemarketer tollfree tollfreecall tollfreecaller tollfreenumber
    tollfreeservice undefined voipcall voipcaller wireless wirelesscall wirelesscaller
    """.split()  # noqa: SIM905
)
"""The same, and words that carriers send for a kind of call, or for a call that they suspect."""

_FEWEST_ZEROS = 5
"""An extension may be 0 or 0000."""

_PLACES = frozenset(
    """
    AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND
    NE NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY
    AB BC MB NB NF NL NS NT NU ON PE PQ QC SK YT
    """.split()  # noqa: SIM905
)
"""States of the USA and provinces of Canada."""

_KEYPAD = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_SPELLED = frozenset(
    "+" + word.translate(_KEYPAD)
    for word in ("anonymous", "blocked", "private", "restricted", "unavailable", "unknown")
)
"""Words on the keys of a phone, such as +266696687, which some switches send as a number."""


def is_withheld(number: str) -> bool:
    """Whether *number* is one of the spellings of a withheld number: '', `anonymous`, `0000000000`.

    A SIP URI counts by its user part. A single 0, or a few, is an extension.
    """
    text = number.strip().lower().removeprefix("sip:").partition("@")[0].strip()
    if text in _SPELLED:
        return True
    word = _letters(text)
    return not word or word in WITHHELD or (len(word) >= _FEWEST_ZEROS and not word.strip("0"))


def is_name(text: str) -> bool:
    """Whether *text* may be the name of a person or a company.

    It is none if it is a word for a caller without one (`WIRELESS CALLER`), mostly digits, an
    address, or a place in capitals (`SAN FRANCISCO CA`), which North American carriers send for a
    caller without a name.
    """
    letters = sum(map(str.isalpha, text))
    if not letters or "@" in text or sum(map(str.isdigit, text)) > letters:
        return False
    words = text.replace(",", " ").split()
    in_place = len(words) > 1 and words[-1].strip(".") in _PLACES
    if in_place and text == text.upper():
        return False
    kind = words[:-1] if in_place else words
    return NO_NAMES.isdisjoint({_letters(text), _letters("".join(kind))})


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
