# The bot as an image: what it needs to run, and nothing of the playground or the tests.

FROM python:3.11-slim AS packages
RUN pip install --no-cache-dir uv
WORKDIR /packages
COPY requirements.lock ./
RUN uv venv /opt/bot \
    && uv pip install --no-cache --compile-bytecode --python /opt/bot/bin/python --require-hashes \
        --requirement requirements.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 bot && install --directory --owner=bot /app/data
COPY --from=packages /opt/bot /opt/bot
WORKDIR /app
COPY bot bot
COPY cogs cogs
ENV PATH=/opt/bot/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER bot
# Where the default DATABASE_URL keeps its file. A folder that is mounted here must belong to the user 10001.
VOLUME /app/data
CMD ["python", "-m", "bot"]
