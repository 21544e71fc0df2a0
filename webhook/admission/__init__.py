"""The decision about a Pod, from the bytes of a review to a patch. Pure: no I/O, no clock, no logging."""
