# Whether a file with a certificate is there and good now, for what starts the edge and the database; `refuse` is theirs.

is_there() { # FILE
  [ -f "$1" ] || refuse "$1 is missing: mount it there"
  [ -r "$1" ] || refuse "$1 cannot be read: give it to root and group $(id -g), with mode 0440"
}

# From when until when a certificate is good, as two numbers. The images have no openssl, and neither nginx nor PostgreSQL
# looks: the two times are what comes after the version, the serial number, the algorithm and the issuer, each behind its length.
validity_of() { # CERTIFICATE
  tr -d '\r' <"$1" | sed -n '/^-----BEGIN CERTIFICATE-----$/,/^-----END/{/^-----END/q;/^-----/!p;}' | base64 -d 2>/dev/null |
    od -An -v -tu1 | awk '
      function enter(    lengths) {
        tag = byte[at++]
        end = byte[at++]
        if (end > 127) {
          lengths = end - 128
          end = 0
          while (lengths-- > 0) end = end * 256 + byte[at++]
        }
        end += at
      }
      function pass() {
        enter()
        at = end
      }
      function time(    text) {
        enter()
        while (at < end && at < count) text = text sprintf("%c", byte[at++])
        # A tag of 23 has two digits for the year.
        if (tag == 23) text = (substr(text, 1, 2) < "50" ? "20" : "19") text
        return substr(text, 1, 14)
      }
      { for (field = 1; field <= NF; field++) byte[count++] = $field }
      END {
        at = 0
        enter()
        enter()
        if (byte[at] == 160) pass()
        pass()
        pass()
        pass()
        enter()
        from = time()
        print from, time()
      }'
}

written() { echo "$1" | sed 's/\(....\)\(..\)\(..\)\(..\)\(..\)\(..\)/\1-\2-\3 \4:\5:\6 UTC/'; }

is_good_now() { # CERTIFICATE
  times=$(validity_of "$1")
  from=${times% *} last=${times#* } now=$(date -u +%Y%m%d%H%M%S)
  case $from-$last in
    *[!0-9-]* | -* | *-) refuse "$1 holds no certificate: put one there, as PEM" ;;
  esac
  [ "$from" -le "$now" ] || refuse "$1 is good from $(written "$from") on, which is not yet: put one there that is good now, or set the clock"
  [ "$now" -le "$last" ] || refuse "$1 was good until $(written "$last"): renew it"
}
