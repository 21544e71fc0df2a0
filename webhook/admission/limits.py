"""What one Pod may ask for: the bounds that keep the work, the memory and the answer of a decision small.

A review has at most 3 MiB, but what is done with it must not grow with the product of its parts: files times
containers, directories times mounts. Each bound is far above what Pods have, and what is beyond it is refused by name.
"""

from __future__ import annotations

# parsing: orjson takes 136 ms and 100 MiB for 3 MiB of small objects; an ordinary Pod of that size has far fewer
MAX_JSON_OBJECTS = 50_000
MAX_JSON_COMMAS = 100_000

# what the API server takes for all annotations of an object (k8s.io/apimachinery, TotalAnnotationSizeLimitB)
MAX_ANNOTATION_BYTES = 256 * 1024
MAX_SECRETS = 500
# parts of our annotations between blanks and commas: options, names of containers. A template's text is not cut.
MAX_WORDS = 4_000
# of a template, as the agent's parser has it (vault/gotemplate/limits.py)
MAX_TEMPLATE_BYTES = 128 * 1024

# each is a login in turn before the application starts, and a token that a sidecar keeps
MAX_LOGINS = 16

MAX_CONTAINERS = 500
# volumes, and the mounts and variables of all containers
MAX_POD_PARTS = 10_000
# signs '$' in a Pod's texts, where a launcher sets variables and references to them are looked for
MAX_DOLLARS = 20_000

# secrets times the containers that get them
MAX_DELIVERIES = 1_000
# the names, paths and keys of all deliveries, and apart from them the texts of templates, once in each volume: the Plan
# travels in the environment, of which Linux takes 2 MiB, and its JSON has up to six bytes for one
MAX_DELIVERY_BYTES = 256 * 1024

# of secrets whose keys all become variables, and of references to what such a secret may give
MAX_VARIABLE_SETS = 50
MAX_UNRESOLVED = 1_000
# the names of variables that containers declare, where all keys of a secret become variables: they are in the Plan, too
MAX_DECLARED_BYTES = 64 * 1024

MAX_PROBLEMS = 50
MAX_WARNINGS = 50
MAX_WARNING_CHARACTERS = 500
MAX_MESSAGE_CHARACTERS = 8 * 1024
# a name as Kubernetes has it (RFC 1123 subdomain)
MAX_NAME_CHARACTERS = 253

# a review or an answer behind which the connection is closed
LARGE_BYTES = 64 * 1024
