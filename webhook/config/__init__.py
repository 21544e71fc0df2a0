"""What the administrator says: settings from the environment, and the small values that they are made of."""
