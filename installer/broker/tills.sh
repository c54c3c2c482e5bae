#!/bin/sh
# The certificates of the tills: one authority of their own, in the folder that nginx reads. See README.md.
#
#   tills.sh init                 make the authority (once)
#   tills.sh add NAME             make a till's certificate and key; prints the key's passphrase, once
#   tills.sh renew NAME          another one for a till whose certificate ends soon; the old one goes on until then
#   tills.sh revoke NAME          lock one till out; then: systemctl reload nginx
#   tills.sh list                 every till: valid, revoked or expired, and until when
#
# POS_APP_TILLS names another folder than /etc/nginx/pos-app/tills; POS_APP_DAYS how long a till's certificate lasts (730).

set -eu
umask 077
FOLDER="${POS_APP_TILLS:-/etc/nginx/pos-app/tills}"
DAYS="${POS_APP_DAYS:-730}"

stop() {
    echo "$1" >&2
    exit "${2:-1}"
}

authority() {
    openssl ca -config "$FOLDER/ca.cnf" -batch "$@" 2>"$FOLDER/last-errors" || {
        cat "$FOLDER/last-errors" >&2
        stop "OpenSSL refused, see above."
    }
    rm -f "$FOLDER/last-errors"
}

# nginx refuses everybody when a list of the revoked is out of date, so this one lasts as long as the authority; the
# list and the broker are on one machine, and a reload is what makes a new one count.
revoked_list() {
    authority -gencrl -crldays 3650 -out "$FOLDER/crl.new"
    chmod 0644 "$FOLDER/crl.new"
    mv "$FOLDER/crl.new" "$FOLDER/crl.pem"
}

init() {
    [ ! -e "$FOLDER/ca.key" ] || stop "There is an authority in $FOLDER already."
    mkdir -p "$FOLDER/issued"
    chmod 0755 "$FOLDER"
    : >"$FOLDER/index.txt"
    echo 'unique_subject = no' >"$FOLDER/index.txt.attr"
    echo 1000 >"$FOLDER/crlnumber"
    cat >"$FOLDER/ca.cnf" <<END
[ca]
default_ca = tills
[tills]
dir = $FOLDER
database = \$dir/index.txt
new_certs_dir = \$dir/issued
certificate = \$dir/ca.pem
private_key = \$dir/ca.key
crlnumber = \$dir/crlnumber
rand_serial = yes
default_md = sha256
policy = names
x509_extensions = till
crl_extensions = list
[names]
commonName = supplied
[till]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[list]
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = pos-app tills
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
END
    openssl req -x509 -config "$FOLDER/ca.cnf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -keyout "$FOLDER/ca.key" -out "$FOLDER/ca.pem" 2>/dev/null
    chmod 0644 "$FOLDER/ca.pem"
    revoked_list
    echo "The authority is in $FOLDER. Keep ca.key to yourself: who has it can make tills."
}

named() {
    case "$1" in
        '' | *[!A-Za-z0-9._-]* | .* | -*) stop "A till's name has letters, digits, dots, hyphens, such as orchard-1." ;;
    esac
    [ "${#1}" -le 64 ] || stop "A till's name has at most 64 characters."
    [ -e "$FOLDER/ca.key" ] || stop "There is no authority in $FOLDER; make one with: tills.sh init"
}

# The serials of a till's certificates that are good, as OpenSSL's list has them.
good() {
    awk -F '\t' -v name="/CN=$1" '$1 == "V" && $6 == name { print $4 }' "$FOLDER/index.txt"
}

add() {
    named "$1"
    authority -updatedb
    [ -z "$(good "$1")" ] || stop "$1 has a certificate that is valid. Lost: revoke it first. Ends soon: tills.sh renew $1" 2
    issue "$1"
}

renew() {
    named "$1"
    grep -q "/CN=$1\$" "$FOLDER/index.txt" || stop "No till of that name is known. See: tills.sh list" 2
    issue "$1"
}

issue() {
    PASSPHRASE="$(openssl rand -hex 24)"
    export PASSPHRASE
    mkdir -p "$FOLDER/new"
    openssl req -new -config "$FOLDER/ca.cnf" -subj "/CN=$1" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
        -passout env:PASSPHRASE -keyout "$FOLDER/new/$1.key" -out "$FOLDER/new/$1.csr" 2>/dev/null
    authority -days "$DAYS" -notext -in "$FOLDER/new/$1.csr" -out "$FOLDER/new/$1.pem"
    rm "$FOLDER/new/$1.csr"
    echo "Take these two files to the till, then remove them here:" >&2
    echo "    $FOLDER/new/$1.pem  $FOLDER/new/$1.key" >&2
    echo "The passphrase of the key, for the till's vault (it is kept nowhere):" >&2
    echo "$PASSPHRASE"
}

revoke() {
    named "$1"
    found="$(good "$1")"
    [ -n "$found" ] || stop "$1 has no certificate that is valid. See: tills.sh list" 2
    for serial in $found; do
        authority -revoke "$FOLDER/issued/$serial.pem"
    done
    revoked_list
    echo "$1 is revoked. It counts from: systemctl reload nginx"
}

list() {
    [ -e "$FOLDER/ca.key" ] || stop "There is no authority in $FOLDER; make one with: tills.sh init"
    authority -updatedb
    awk -F '\t' '{
        word = $1 == "V" ? "valid" : $1 == "R" ? "revoked" : "expired"
        sub("/CN=", "", $6)
        printf "%-8s until 20%s-%s-%s  %s\n", word, substr($2, 1, 2), substr($2, 3, 2), substr($2, 5, 2), $6
    }' "$FOLDER/index.txt"
}

case "${1:-}" in
    init) init ;;
    add) add "${2:-}" ;;
    renew) renew "${2:-}" ;;
    revoke) revoke "${2:-}" ;;
    list) list ;;
    *) stop "Use: tills.sh init | add NAME | renew NAME | revoke NAME | list" 3 ;;
esac
