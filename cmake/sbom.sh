#!/usr/bin/env bash
# sbom.sh PROGRAM…: what the programs are made of and linked with, by Debian
# packages; a bill of materials, https://cyclonedx.org/docs/1.5/json/
set -euo pipefail

if ! command -v dpkg-query > /dev/null; then
    echo 'sbom asks dpkg, which is not here' >&2
    exit 1
fi

# The packages of all libraries that get loaded, and of those that are only
# headers.
packages() {
    {
        ldd "$@" | sed -n 's|.* => \(/usr\)\?\(/[^ ]*\).*|*\2|p' |
            sort -u | xargs dpkg-query -S | sed 's|[:,].*||'
        printf '%s\n' libcli11-dev libexpected-dev nlohmann-json3-dev
    } | sort -u
}

version=$(sed -n 's|.*version = "\(.*\)";|\1|p' \
    "$(dirname "${BASH_SOURCE[0]}")/../src/base/version.h")

packages "$@" | xargs dpkg-query -W \
    -f '${Package} ${Version} ${Architecture}\n' |
    awk -v "version=$version" '
    BEGIN {
        print "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.5\","
        print " \"version\": 1, \"metadata\": {\"component\": {"
        print "  \"type\": \"application\", \"name\": \"ngx_http_auth_module\","
        print "  \"version\": \"" version "\"}},"
        printf " \"components\": ["
    }
    {
        escaped = $2
        gsub(/\+/, "%2B", escaped)
        gsub(/:/, "%3A", escaped)
        printf "%s\n  {\"type\": \"library\", \"name\": \"%s\", " \
            "\"version\": \"%s\",\n   " \
            "\"purl\": \"pkg:deb/debian/%s@%s?arch=%s\"}", \
            (NR > 1 ? "," : ""), $1, $2, $1, escaped, $3
    }
    END { print "]}" }'
