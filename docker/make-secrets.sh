#!/bin/sh
# Creates the missing secrets of docker/compose.yaml in docker/secrets: sh docker/make-secrets.sh
#
# Only the owner can open the folder. The files in it are readable by all users, because they are mounted one by one
# into containers whose users have other ids.
set -eu

folder=$(dirname "$0")/secrets
umask 022
mkdir -p "$folder"
chmod 700 "$folder"

random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

keep() { # NAME VALUE
    [ -s "$folder/$1" ] || printf %s "$2" >"$folder/$1"
}

keep jwt_secret "$(random)"
keep secret_keys "$(random)"
keep mysql_root_password "$(random)"
keep mysql_shop_password "$(random)"
keep database_url "mysql://shop:$(cat "$folder/mysql_shop_password")@mysql:3306/shop"
keep database_owner_url "mysql://root:$(cat "$folder/mysql_root_password")@mysql:3306/shop"
