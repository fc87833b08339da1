#!/bin/sh
# Makes the shop's own database user, or gives it what it may do by now; runs in MySQL's image after each migration.
set -eu

password=$(cat /run/secrets/mysql_shop_password)
MYSQL_PWD=$(cat /run/secrets/mysql_root_password)
export MYSQL_PWD

{
    # By standard input: the command line of a process can be read by others.
    printf "CREATE USER IF NOT EXISTS 'shop'@'%%' IDENTIFIED BY '%s';\n" "$password"
    printf "ALTER USER 'shop'@'%%' IDENTIFIED BY '%s';\n" "$password"
    cat /mysql-grants.sql
} | mysql --host=mysql --user=root --default-character-set=utf8mb4
