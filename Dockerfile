# Residual Stream Viewer: CPU by default.
#   docker build -t residual-stream-viewer .
#   docker run -p 8000:8000 -v rsv-data:/data residual-stream-viewer
# For CUDA, name the wheel index of your driver's version:
#   docker build --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130 -t rsv-cuda .
FROM python:3.11-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    RSV_HOST=0.0.0.0 \
    RSV_DATA_DIR=/data \
    HF_HOME=/data/huggingface

WORKDIR /srv
COPY pyproject.toml constraints.txt README.md LICENSE ./
# The pinned libraries first: this layer stays while only our own code changes.
RUN mkdir app && touch app/__init__.py \
    && pip install --extra-index-url "$TORCH_INDEX" -c constraints.txt -e '.[postgresql]'

COPY app app
COPY static static
COPY templates templates
COPY migrations migrations

RUN useradd --system --uid 10001 --home-dir /data viewer && mkdir -p /data && chown viewer /data
USER viewer
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "app", "serve"]
