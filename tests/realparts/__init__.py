"""Real servers for the tests: how each is built, started and stopped.

    with sandbox() as box, cluster(box) as nodes, dynamodb(box) as store, vault(box, Storage(store.endpoint)) as server:
        nodes.import_image(build_image(containerfile, context, "localhost/app:1"))
        nodes.apply({"apiVersion": "v1", "kind": "Pod", ...})
        server.admin.write("secret/data/shop/db", data={"password": "…"})

parts builds the programs, once a machine. A sandbox is one run of them: a folder and namespaces that the kernel takes
down when the test runner ends, however it ends (keeper). What runs in it: dynamodb, aws (moto), vault, apiserver (etcd
and the API server alone, for dry runs, up in seconds), cluster (a whole node), kwok (nodes that only seem to be there),
prometheus. images builds what the node runs, and servicerelay leads to a Service's Pods.
`python -m tests.realparts cluster` brings them up for people.
"""
