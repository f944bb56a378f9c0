# The build stages make the model and the index; no stage has PyTorch, the image that runs has no pip and writes to /data only.
# What can be given from outside, and how to build without Docker: deploy/container/README.md.
ARG BASE_IMAGE=python:3.11-slim-bookworm

# What serving needs, from the locked files, in an environment that has no pip of its own.
FROM ${BASE_IMAGE} AS dependencies
ENV PIP_CONFIG_FILE=/run/secrets/pip.conf \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PATH=/opt/qa_service/bin:/opt/pip/bin:$PATH
WORKDIR /src
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/qa_service
COPY locks locks
# Every file is checked against its hash, and no package runs code to be installed.
RUN --mount=type=secret,id=pip.conf --mount=type=cache,target=/root/.cache/pip \
    pip install --quiet --require-hashes --no-deps --requirement locks/backend.txt \
    && pip --python /opt/qa_service/bin/python install --quiet --require-hashes --no-deps --only-binary :all: --requirement locks/serve.txt
COPY pyproject.toml README.md LICENSE ./

FROM dependencies AS environment
COPY qa_service qa_service
RUN pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir /tmp/wheel . \
    && pip --python /opt/qa_service/bin/python install --quiet --no-deps --no-index /tmp/wheel/*.whl

FROM dependencies AS build
ENV ORT_DISABLE_TELEMETRY=1 QA_INDEX=/app/index QA_MODEL_CACHE=/app/models
RUN --mount=type=secret,id=pip.conf --mount=type=cache,target=/root/.cache/pip \
    python -m ensurepip >/dev/null \
    && python -m pip install --quiet --no-compile --require-hashes --no-deps --requirement locks/backend.txt --requirement locks/build.txt
COPY qa_service qa_service
RUN python -m pip install --quiet --no-deps --no-index --no-build-isolation .
COPY corpus corpus
# Root keeps what it built; the service's user only reads it.
RUN --mount=type=secret,id=pip.conf --mount=type=cache,target=/root/.cache/pip \
    qa-service build --no-gate && rm -f /app/index/.kept-* && chmod -R a+rX,go-w /app

FROM ${BASE_IMAGE} AS run
ARG BASE_IMAGE
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="qa_service" \
      org.opencontainers.image.description="Semantic search over official procedure texts of Ukraine's service centres of the Ministry of Internal Affairs" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"
COPY --from=environment /opt/qa_service /opt/qa_service
COPY --from=build /app /app
COPY deploy/container/healthcheck.py /app/healthcheck.py
# onnxruntime's Linux wheels report to their maker unless told not to.
ENV ORT_DISABLE_TELEMETRY=1 \
    PATH=/opt/qa_service/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    QA_HOST=0.0.0.0 \
    QA_INDEX=/app/index \
    QA_JOURNAL=sqlite:////data/journal.sqlite \
    QA_KEYS=/data/keys.json \
    QA_MODEL_CACHE=/app/models \
    TMPDIR=/data
RUN install -d -o 10001 -g 10001 /data
VOLUME /data
WORKDIR /app
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "/app/healthcheck.py"]
CMD ["qa-service", "serve"]
