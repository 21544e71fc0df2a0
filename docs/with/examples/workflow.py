"""A workflow by hera, whose second step has a secret of its own: python workflow.py > workflow.yaml."""

from hera.workflows import Container, Steps, Workflow

from omamori.pipelines import annotate_workflow

IMAGE = "registry.example.com/etl:1"

with Workflow(name="etl", namespace="shop", entrypoint="all", service_account_name="etl") as workflow:
    extract = Container(name="extract", image=IMAGE, command=["/app/extract"])
    load = Container(name="load", image=IMAGE, command=["/app/load"])
    with Steps(name="all"):
        extract()
        load()

annotate_workflow(workflow, {"file.omamori.dev/db.env": "secret/data/shop/db"})
annotate_workflow(load, {"env.omamori.dev/STORE_TOKEN": "secret/data/shop/store#token"})

if __name__ == "__main__":
    print(workflow.to_yaml(), end="")
