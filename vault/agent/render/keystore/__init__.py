"""Java's key stores, PKCS #12 and JKS: loaded only where a file is to be one.

One secret under one password gives the same bytes each time, so that a sidecar publishes nothing for nothing: what is
random elsewhere is made of the password and of what it protects.
"""
