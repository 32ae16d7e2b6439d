"""Building blocks of dialogues: numbers and where they may lead, PINs, feature codes, ringing."""
