"""The two accounts of a local stack, as what belongs to them."""

from pivotctl.crossbar import ACCOUNT_ID, SECOND_ACCOUNT_ID
from pivotkit.services.crossbar import Account

FIRST = Account(ACCOUNT_ID)
SECOND = Account(SECOND_ACCOUNT_ID)
