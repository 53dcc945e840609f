# One image for web, worker, beat, migrations and the mail catcher. It runs as nobody in particular on a read-only root.
FROM python:3.11-slim AS packages
ARG REQUIREMENTS=run
COPY requirements/ /requirements/
RUN python -m venv /opt/clinic \
 && /opt/clinic/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r "/requirements/${REQUIREMENTS}.txt"

FROM python:3.11-slim
RUN groupadd --gid 10001 clinic \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin clinic \
 && install -d -o 10001 -g 10001 -m 0700 /state /mail
COPY --from=packages /opt/clinic /opt/clinic
COPY wsgi.py /srv/clinic/
COPY deploy/ /srv/clinic/deploy/
COPY migrations/ /srv/clinic/migrations/
COPY worker/ /srv/clinic/worker/
COPY clinic/ /srv/clinic/clinic/
WORKDIR /srv/clinic
# Compiled now, since the root cannot be written later.
RUN /opt/clinic/bin/python -m compileall -q /srv/clinic
ENV PATH=/opt/clinic/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CLINIC_ENV=production
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "--config=deploy/gunicorn.conf.py", "wsgi:app"]
