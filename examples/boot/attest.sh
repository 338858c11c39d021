#!/bin/sh
# Gets a token at boot: takes a challenge, has the processor sign it, sends the evidence, prints the token.
#
# For guests without a programming language: POSIX sh, curl, od, and cat, mkdir, mv, rm, rmdir, sleep. Runs under dash
# and BusyBox. The token is bound to no key (binding raw-nonce), so the audience must say "key_binding": "optional";
# whoever gets hold of the token can use it until it ends, which is minutes.
set -eu
LC_ALL=C
export LC_ALL
umask 077
unset CDPATH

usage() {
  cat <<'END'
usage: attest.sh --server URL --audience NAME [options]

  --server URL             issuer: https://attest.example, or https://attest.example/t/TENANT
  --audience NAME          whom the token is for; its key_binding must be optional
  --workload NAME          which workload this is, where the audience has several that match
  -o, --output FILE        write the token to FILE (mode 0600) instead of standard output
  --ca-file FILE           trust these authorities (PEM) instead of the system's
  --retries N              further tries when the service cannot decide or be reached (default 5)
  --max-wait SECONDS       longest pause before a further try, whatever Retry-After says (default 60)
  --tsm DIR                where configfs-tsm is (default /sys/kernel/config/tsm/report)
  --evidence-command CMD   instead of configfs-tsm: sh runs CMD with 128 hex digits of report data as $1; what it
                           writes to standard output is the evidence

exit codes, as those of the command assay:
  0  the token was written
  1  refused: the evidence is not genuine, not fresh, or not for this challenge
  2  usage: options, the audience, the form of the request, or this machine has no evidence to give
  3  genuine, and not what the audience wants
  4  undecided: no answer, or the service lacks what it needs to decide, after all tries
END
}

say() { printf 'attest.sh: %s\n' "$1" >&2; }
stop() { say "$2"; exit "$1"; }

# --- options ---------------------------------------------------------------------------------------
server='' audience='' workload='' output='' ca_file='' evidence_command=''
tsm=/sys/kernel/config/tsm/report retries=5 max_wait=60

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --server | --audience | --workload | -o | --output | --ca-file | --retries | --max-wait | --tsm | --evidence-command)
      [ $# -ge 2 ] || stop 2 "$1 needs a value (--help lists the options)" ;;
    *) stop 2 'unknown option; --help lists them' ;;
  esac
  case $1 in
    --server) server=${2%/} ;;
    --audience) audience=$2 ;;
    --workload) workload=$2 ;;
    -o | --output) output=$2 ;;
    --ca-file) ca_file=$2 ;;
    --retries) retries=$2 ;;
    --max-wait) max_wait=$2 ;;
    --tsm) tsm=${2%/} ;;
    --evidence-command) evidence_command=$2 ;;
  esac
  shift 2
done

is_number() {
  case $1 in '' | *[!0-9]* | ?????*) return 1 ;; esac
}
is_number "$retries" || stop 2 '--retries must be a number up to 9999'
is_number "$max_wait" || stop 2 '--max-wait must be a number of seconds up to 9999'
[ -n "$server" ] || stop 2 '--server is required: the issuer of the tokens'
[ -n "$audience" ] || stop 2 '--audience is required: whom the token is for'
case $audience in
  *[!a-zA-Z0-9._~:/@!*+,\;=?#%\&\(\)\$-]*) stop 2 '--audience has a character that this script does not send' ;;
esac
case $workload in
  *[!a-z0-9._-]*) stop 2 '--workload has a character that no workload name has' ;;
esac
[ -z "$ca_file" ] || [ -r "$ca_file" ] || stop 2 '--ca-file cannot be read'

# Evidence and tokens travel in clear text to this very machine only.
authority=${server#*://}
authority=${authority%%/*}
case $server in
  *[!a-zA-Z0-9._~:/%-]*)
    case $server in
      'http://[::1]'*) ;;
      *) stop 2 '--server has a character that an issuer does not have: give https://HOST[:PORT][/PATH]' ;;
    esac ;;
esac
case $server in
  https://?*) schemes='=https' ;;
  http://?*)
    schemes='=http'
    case $authority in
      localhost | 127.0.0.1 | '[::1]') ;;
      localhost:* | 127.0.0.1:* | '[::1]':*) is_number "${authority##*:}" || [ ${#authority} -le 15 ] ||
        stop 2 '--server has no port number behind its colon' ;;
      *) stop 2 '--server must be https: only this machine itself (localhost) is spoken to without TLS' ;;
    esac ;;
  *) stop 2 '--server must begin with https://' ;;
esac
command -v curl >/dev/null || stop 2 'curl is not installed'

# --- a folder of our own, gone at the end -----------------------------------------------------------
random=$(od -An -N8 -tx1 /dev/urandom)
name=assay
for byte in $random; do name=$name$byte; done
work=${TMPDIR:-/tmp}/$name
entry=''
mkdir "$work" || stop 2 "no folder can be made in ${TMPDIR:-/tmp}"
clean() {
  [ -z "$entry" ] || rmdir "$entry" 2>/dev/null || :
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- text ------------------------------------------------------------------------------------------
# What a server says is shown, never run: printable ASCII only, and no more than a few lines of it.
printable() {
  text=$1 shown=''
  while [ -n "$text" ] && [ ${#shown} -lt 600 ]; do
    first=${text%"${text#?}"}
    text=${text#?}
    case $first in
      [\ -~]) shown=$shown$first ;;
      *) shown="$shown?" ;;
    esac
  done
  printf '%s' "$shown"
}

# RFC 3986: everything but unreserved characters as %XX.
percent_encode() {
  text=$1 encoded=''
  while [ -n "$text" ]; do
    first=${text%"${text#?}"}
    text=${text#?}
    case $first in
      [a-zA-Z0-9._~-]) encoded=$encoded$first ;;
      *) encoded=$encoded$(printf '%%%02X' "'$first") ;;
    esac
  done
  printf '%s' "$encoded"
}

# The string member $2 of the JSON object $1 into `value`. It must be there once.
member() {
  case $1 in *"\"$2\":\""*) ;; *) return 1 ;; esac
  value=${1#*"\"$2\":\""}
  case $value in *"\"$2\":"*) return 1 ;; esac
  value=${value%%\"*}
}

# The first string member $2 of a problem document, for people, quotes in it included.
words() {
  case $1 in *"\"$2\":\""*) ;; *) return 1 ;; esac
  rest=${1#*"\"$2\":\""} value=''
  while :; do
    part=${rest%%\"*}
    [ "$part" != "$rest" ] || return 1
    rest=${rest#*\"}
    case $part in
      *\\) value="$value${part%\\}'" ;;
      *) value=$value$part; return 0 ;;
    esac
  done
}

# --- HTTP ------------------------------------------------------------------------------------------
# Sends a request; its status goes to `status` (000: no answer), its body to $work/body. No redirect is followed and no
# ~/.curlrc read.
send() {
  rm -f "$work/body" "$work/head"
  status=$(curl -q --silent --globoff --proto "$schemes" --connect-timeout 10 --max-time 60 --max-filesize 262144 \
    ${ca_file:+--cacert "$ca_file"} --output "$work/body" --dump-header "$work/head" --write-out '%{http_code}' \
    "$@" 2>/dev/null) || {
    code=$?
    case $code in
      35 | 51 | 53 | 58 | 60 | 66 | 77 | 83 | 90 | 91)
        stop 4 "the connection to $server is not secure (curl $code): is its certificate that of an authority known here? --ca-file names others" ;;
    esac
    status=000
  }
  case $status in [1-5][0-9][0-9]) ;; *) status=000 ;; esac
}

# Seconds of Retry-After, else $1; never more than --max-wait.
pause() {
  seconds=$1
  while IFS= read -r line; do
    case $line in
      [Rr]etry-[Aa]fter:*)
        line=${line#*:}
        line=${line# }
        line=${line%"${line##*[0-9]}"}
        ! is_number "$line" || seconds=$line ;;
    esac
  done <"$work/head"
  [ "$seconds" -le "$max_wait" ] || seconds=$max_wait
}

# Says what the service said, and sets `kind` to how it ends: again, or an exit code.
explain() {
  document=''
  [ ! -f "$work/body" ] || document=$(cat "$work/body")
  code='' detail='' remedy=''
  ! words "$document" code || code=$value
  case $code in *[!a-z0-9_]*) code='' ;; esac
  ! words "$document" detail || detail=$(printable "$value")
  ! words "$document" remedy || remedy=$(printable "$value")
  case $status in
    403) kind=3 ;;
    422) kind=1 ;;
    # 409: the challenge was spent or has expired; 429 and 503: later.
    408 | 409 | 429 | 5??) kind=again ;;
    *) kind=2 ;;
  esac
  if [ -z "$code" ]; then
    say "$1: the answer (HTTP $status) is not one of this service"
    [ "$kind" = again ] || kind=4
    return 0
  fi
  say "$1: $code (HTTP $status): $detail"
  if [ -z "$remedy" ] && [ "$kind" != again ]; then
    pause 0
    send --header 'Accept: application/json' "$server/problems/$code"
    ! words "$(cat "$work/body" 2>/dev/null || :)" remedy || remedy=$(printable "$value")
  fi
  [ -z "$remedy" ] || say "what to do: $remedy"
}

# --- evidence --------------------------------------------------------------------------------------
# The 64 bytes of the hex digits $1 to standard output, by way of octal escapes.
bytes_of() {
  digits=$1 format=''
  while [ -n "$digits" ]; do
    pair=${digits%"${digits#??}"}
    digits=${digits#??}
    format=$format\\$(printf '%03o' "0x$pair")
  done
  # shellcheck disable=SC2059
  printf "$format"
}

read_line() {
  line=''
  [ ! -r "$1" ] || IFS= read -r line <"$1" || :
}

# Linux, Documentation/ABI/testing/configfs-tsm-report: a folder is a request, `generation` counts the writes to it.
evidence_of_kernel() {
  [ -d "$tsm" ] || stop 2 "there is no $tsm: not a confidential guest, or configfs (mount -t configfs) or the driver is missing"
  entry=$tsm/$name
  mkdir "$entry" 2>/dev/null || { entry=''; stop 2 "no request can be made in $tsm: this needs root"; }
  read_line "$entry/provider"
  provider=$line
  case $provider in
    sev_guest | tdx_guest) ;;
    *) stop 2 "the provider of $tsm is not sev_guest or tdx_guest: $(printable "$provider")" ;;
  esac
  read_line "$entry/generation"
  is_number "$line" || stop 2 "$entry has no generation"
  expected=$line
  if [ "$provider" = sev_guest ] && [ -w "$entry/privlevel" ]; then
    # The most privileged level that this guest may name.
    read_line "$entry/privlevel_floor"
    is_number "$line" || line=0
    printf '%s' "$line" >"$entry/privlevel" || stop 2 "the privilege level $line is refused by $entry"
    expected=$((expected + 1))
  fi
  bytes_of "$1" >"$work/inblob" || stop 2 "$work cannot be written"
  cat "$work/inblob" >"$entry/inblob" || stop 2 "$entry/inblob takes no report data"
  expected=$((expected + 1))
  cat "$entry/outblob" >"$work/evidence" || stop 2 "$entry/outblob gives no evidence"
  # A report is followed by the certificates that the host hands out; a quote has its own inside.
  if [ "$provider" = sev_guest ] && [ -r "$entry/auxblob" ]; then
    cat "$entry/auxblob" >>"$work/evidence" 2>/dev/null || say "$entry/auxblob has no certificates; the service needs them from elsewhere"
  fi
  read_line "$entry/generation"
  [ "$line" = "$expected" ] || stop 4 "somebody else wrote to $entry meanwhile (generation $(printable "$line"), not $expected): the evidence may be theirs"
  rmdir "$entry" || say "$entry is left behind"
  entry=''
}

make_evidence() {
  if [ -z "$evidence_command" ]; then
    evidence_of_kernel "$1"
  else
    sh -c "$evidence_command" sh "$1" >"$work/evidence" || stop 2 "the evidence command ended with $?"
  fi
  [ -s "$work/evidence" ] || stop 2 'there is no evidence: it is empty'
}

# --- one try ---------------------------------------------------------------------------------------
# Returns 0 with `token`; 1 when another try may help; ends the script otherwise.
try() {
  send --header 'Content-Type: application/json' --header 'Accept: application/json' \
    --data "{\"audience\":\"$audience\",\"binding\":\"raw-nonce\"}" "$server/v1/challenges"
  [ "$status" = 201 ] || { failed 'no challenge'; return 1; }
  read_challenge "$(cat "$work/body")"
  make_evidence "$report_data"
  query="challenge=$(percent_encode "$challenge")&audience=$(percent_encode "$audience")"
  [ -z "$workload" ] || query="$query&workload=$(percent_encode "$workload")"
  send --header 'Content-Type: application/octet-stream' --header 'Accept: application/eat+jwt' \
    --data-binary "@$work/evidence" "$server/v1/attest?$query"
  [ "$status" = 200 ] || { failed 'no token'; return 1; }
  token=$(cat "$work/body")
  case $token in
    *.*.*.* | *[!a-zA-Z0-9._-]* | .* | *. | *..*) token='' ;;
    *.*.*) ;;
    *) token='' ;;
  esac
  if [ -z "$token" ] || [ ${#token} -gt 8192 ]; then
    stop 4 'the service answered 200 with something that is no token'
  fi
}

# After a status that is not the wanted one.
failed() {
  if [ "$status" = 000 ]; then
    say "$1: $server does not answer"
    kind=again seconds=2
    return 0
  fi
  pause 2
  explain "$1"
  [ "$kind" = again ] || exit "$kind"
}

# A reply of exactly the shape that the service documents; whatever looks otherwise is not believed.
read_challenge() {
  case $1 in
    *[!\ -~]* | *\\* | ?*\{* | *\[*) stop 4 'the challenge is not of the documented shape' ;;
    '{'*'}') ;;
    *) stop 4 'the challenge is not of the documented shape' ;;
  esac
  member "$1" binding || value=''
  [ "$value" = raw-nonce ] || stop 4 'the challenge has another binding than raw-nonce'
  member "$1" audience || value=''
  [ "$value" = "$audience" ] || stop 4 'the challenge is for another audience'
  member "$1" report_data || stop 4 'the challenge has no report data'
  report_data=$value
  case $report_data in *[!0-9a-f]*) stop 4 'the report data is not lowercase hex' ;; esac
  [ ${#report_data} = 128 ] || stop 4 'the report data is not 64 bytes'
  member "$1" challenge || stop 4 'the reply has no challenge'
  challenge=$value
  case $challenge in '' | *[!a-zA-Z0-9._~-]*) stop 4 'the challenge has characters that no challenge has' ;; esac
  [ ${#challenge} -le 2048 ] || stop 4 'the challenge is too long'
}

# --- the whole -------------------------------------------------------------------------------------
token='' left=$retries
while ! try; do
  [ "$left" -gt 0 ] || stop 4 "given up after $((retries + 1)) tries"
  left=$((left - 1))
  say "another try in $seconds s"
  sleep "$seconds"
done

if [ -z "$output" ]; then
  printf '%s\n' "$token"
else
  # Beside its place first: whoever reads the file finds a whole token, or the one before.
  # And no line feed behind it: some clients of brokers send the file as it is.
  { printf '%s' "$token" >"$output.$name" && mv "$output.$name" "$output"; } 2>/dev/null || {
    rm -f "$output.$name"
    stop 2 "the token cannot be written to $output"
  }
fi
if command -v openssl >/dev/null; then
  # What the token says of itself, for the log of the boot; who uses the token checks it.
  payload=${token#*.}
  payload=${payload%.*}
  padded=$payload
  while [ $((${#padded} % 4)) != 0 ]; do padded=$padded=; done
  converted=''
  while [ -n "$padded" ]; do
    first=${padded%"${padded#?}"}
    padded=${padded#?}
    case $first in -) first=+ ;; _) first=/ ;; esac
    converted=$converted$first
  done
  claims=$(printf '%s' "$converted" | openssl base64 -d -A 2>/dev/null) || claims=''
  ! words "$claims" sub || say "token for $(printable "$value")"
fi
