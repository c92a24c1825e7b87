"""A corpus of attacks on SM2 signatures, electronic seals and OFD licenses, each with its benign twin."""
