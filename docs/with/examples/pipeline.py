"""A pipeline of Kubeflow Pipelines whose second task reads a database: python pipeline.py pipeline.yaml."""

import sys

from kfp import compiler, dsl

from omamori.pipelines import annotate_task

IMAGE = "registry.example.com/train:1"


@dsl.container_component
def prepare():
    """Make the table of what there is to do; needs no secret."""
    return dsl.ContainerSpec(image=IMAGE, command=["/app/prepare"])


@dsl.container_component
def train():
    """Train with what the database has; reads /vault/secrets/db.env."""
    return dsl.ContainerSpec(image=IMAGE, command=["/app/train"])


@dsl.pipeline(name="train")
def pipeline():
    """Prepare, then train."""
    task = train().after(prepare())
    annotate_task(task, {"file.omamori.dev/db.env": "secret/data/shop/db"})


if __name__ == "__main__":
    compiler.Compiler().compile(pipeline, sys.argv[1])
