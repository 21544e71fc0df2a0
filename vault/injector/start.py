"""The start script: `python3 -I -S -B start.py [verify]`.

-I keeps the environment and the current directory out of the import path, -S the site packages, -B writes nothing.
Then the path is the standard library alone, and our own packages are added here.
"""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

if sys.argv[1:] == ["verify"]:
    from vault.injector.verify import main
else:
    from vault.injector.once import main

main()
