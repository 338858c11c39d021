#!/bin/sh
# Makes ./secrets for docker-compose.yml, once. Nothing that is there is changed: a new KEK would lock the signing
# keys away, and the database remembers the passwords it was made with.
#
# The folder is closed to other users of this machine. In it, what Assay reads belongs to user 1000 of the image
# (run this as user 1000 or as root), and the passwords that PostgreSQL reads are open to its own user.
set -eu
umask 077
folder=${1:-secrets}
owner=1000

if [ "$(id -u)" != 0 ] && [ "$(id -u)" != "$owner" ]; then
  echo "make-secrets: run this as root or as user $owner: the files must belong to user $owner of the image." >&2
  exit 2
fi
if [ -e "$folder" ]; then
  echo "make-secrets: $folder is there already, and is left as it is." >&2
  exit 1
fi

random() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }

mkdir "$folder"
for name in kek challenge-secret postgres-password owner-password login-password; do
  random > "$folder/$name"
done
# HOST:PORT:DATABASE:USER:PASSWORD (PostgreSQL, "The Password File"), one file for each login.
for name in owner login; do
  printf 'database:5432:assay:assay_%s:%s\n' "$name" "$(cat "$folder/$name-password")" > "$folder/$name.pgpass"
done
chmod 444 "$folder"/*-password
if [ "$(id -u)" = 0 ]; then chown -R "$owner:$owner" "$folder"; fi
echo "make-secrets: $folder is made. Keep a copy of kek apart from the backups of the database."
