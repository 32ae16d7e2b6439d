"""The softphone: pages that play calls to the functions of the local stack."""
