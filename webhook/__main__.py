"""`python -m webhook`: the omamori command without a console script, as in the image."""

import sys

from webhook.cli import main

sys.exit(main())
