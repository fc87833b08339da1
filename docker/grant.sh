#!/bin/sh
# Creates the shop's database user, or updates its privileges; runs in MySQL's image after each migration.
set -eu

password=$(cat /run/secrets/mysql_shop_password)
MYSQL_PWD=$(cat /run/secrets/mysql_root_password)
export MYSQL_PWD

{
    # By standard input, because other users can read a process's command line.
    printf "CREATE USER IF NOT EXISTS 'shop'@'%%' IDENTIFIED BY '%s';\n" "$password"
    printf "ALTER USER 'shop'@'%%' IDENTIFIED BY '%s';\n" "$password"
    cat /mysql-grants.sql
} | mysql --host=mysql --user=root --default-character-set=utf8mb4
