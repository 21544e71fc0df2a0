"""The yardstick: a FastAPI route that reads the raw body and gives a canned answer, under the same uvicorn settings.

python -m tests.bench.canned FOLDER PORT      FOLDER has tls.crt, tls.key and answer
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response

FOLDER, PORT = Path(sys.argv[1]), int(sys.argv[2])
ANSWER = (FOLDER / "answer").read_bytes()

app = FastAPI(openapi_url=None)


@app.post("/mutate")
async def mutate(request: Request) -> Response:
    """Read and answer."""
    await request.body()
    return Response(ANSWER, media_type="application/json")


uvicorn.run(
    app,
    host="127.0.0.1",
    port=PORT,
    ssl_certfile=FOLDER / "tls.crt",
    ssl_keyfile=FOLDER / "tls.key",
    loop="uvloop",
    http="httptools",
    ws="none",
    lifespan="off",
    access_log=False,
    log_level="warning",
    server_header=False,
    date_header=False,
    timeout_keep_alive=120,
)
