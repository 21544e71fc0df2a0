"""The launcher and the probe, as they are compiled for the images. They are C: what is told of them is what they do."""
