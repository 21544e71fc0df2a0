"""`python -m webhook`: the omamori command where no console script is installed, as in the image."""

import sys

from webhook.cli import main

sys.exit(main())
