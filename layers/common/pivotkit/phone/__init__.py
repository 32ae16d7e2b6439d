"""Building blocks for call flows: phone numbers and dial policies, PINs, feature codes, ringing."""
