# The dashboard in a container: see "In a container" in README.md.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
# the address of a package index that has PyTorch for CPUs alone; without, PyTorch comes with all that a GPU needs
ARG TORCH_INDEX=""
RUN python -m venv /opt/explorer
ENV PATH=/opt/explorer/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN if [ -n "$TORCH_INDEX" ]; then pip install --index-url "$TORCH_INDEX" torch torchvision; fi
WORKDIR /source
COPY pyproject.toml README.md LICENSE app.py ./
COPY .streamlit .streamlit
COPY sample_data sample_data
COPY explorer explorer
RUN pip install .

FROM python:${PYTHON}-slim
# runs, uploads and downloads belong to a user who may do nothing else; its group is root's, for platforms that choose
# another user
RUN useradd --create-home --uid 1000 explorer \
    && install --directory --owner explorer --group root --mode 775 /data/runs /data/uploads /data/downloads
COPY --from=build /opt/explorer /opt/explorer
ENV PATH=/opt/explorer/bin:$PATH \
    EXPLORER_RUNS=/data/runs \
    EXPLORER_UPLOADS=/data/uploads \
    EXPLORER_DATA=/data/downloads \
    TORCH_HOME=/data/downloads/torch \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true
USER explorer
WORKDIR /data
VOLUME ["/data/runs", "/data/uploads", "/data/downloads"]
EXPOSE 8501
HEALTHCHECK --start-period=60s CMD python -c "from urllib.request import urlopen; urlopen( \
    'http://127.0.0.1:$STREAMLIT_SERVER_PORT${STREAMLIT_SERVER_BASE_URL_PATH:+/${STREAMLIT_SERVER_BASE_URL_PATH#/}}/_stcore/health')"
CMD ["explorer"]
