#!/bin/sh
# Runs once, when the database is made: the roles that pages and jobs connect as, with passwords from secrets.
# The migrations find them there and give them their rights.
set -eu
make_role() {
  # The password goes through standard input: on a command line others could read it.
  printf "\\set password '%s'\nCREATE ROLE %s LOGIN PASSWORD :'password';\n" "$(sed "s/'/''/g; s/\\\\/\\\\\\\\/g" "$2")" "$1" |
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"
}
make_role clinic_web "${SECRETS:-/run/secrets}/web_password"
make_role clinic_worker "${SECRETS:-/run/secrets}/worker_password"
