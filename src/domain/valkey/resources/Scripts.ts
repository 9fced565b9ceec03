/**
 * What runs in the container: shell that needs nothing but `/bin/sh`, coreutils
 * with `timeout`, and the paths in its environment.
 */

/** Paths in the container, each in an environment variable so that another runner can substitute its own. */
export const paths = {
  CONFIG_DIR: "/etc/valkey",
  AUTH_DIR: "/etc/valkey-auth",
  RUN_DIR: "/run/valkey",
  DATA_DIR: "/data"
} as const

/**
 * Starts the server as a replica of nobody: no node makes itself a primary
 * (`failover:7.2`). The server changes to each `dir` as it reads it, so that
 * line is replaced, not overridden. The password goes from file to file by a shell builtin, so
 * it is on no command line and in no environment. `BIND` is for runners whose
 * pods share one network. `masterauth`, not `primaryauth`: 7.2 knows no other.
 */
export const start = `set -eu
umask 077
conf="$RUN_DIR/valkey.conf"
password="$(cat "$AUTH_DIR/password")"
case "$password" in
  '' | *[!A-Za-z0-9._~-]*)
    echo "the password in $AUTH_DIR/password must be one or more of A-Z a-z 0-9 . _ ~ -" >&2
    exit 78 ;;
esac
while IFS= read -r line; do
  case "$line" in 'dir '*) line="dir $DATA_DIR" ;; esac
  printf '%s\\n' "$line"
done <"$CONFIG_DIR/valkey.conf" >"$conf"
printf 'replica-announce-ip %s\\n' "$POD_IP" >>"$conf"
printf 'requirepass %s\\nmasterauth %s\\n' "$password" "$password" >>"$conf"
[ -z "\${BIND:-}" ] || printf 'bind %s\\n' "$BIND" >>"$conf"
unset password
exec valkey-server "$conf" --replicaof 127.0.0.1 1
`

/**
 * One PING that ends by itself, also against a frozen server, and does not leave
 * a child that holds the output open. Clients of 7.2
 * and 8.0 read the password from the older of the two names only.
 */
const ping = (accepted: string) => `export VALKEYCLI_AUTH="$(cat "$AUTH_DIR/password")"
export REDISCLI_AUTH="$VALKEYCLI_AUTH"
reply="$(timeout -k 1 1 valkey-cli -h "$POD_IP" -p "$VALKEY_PORT" ping 2>&1)"
case "$reply" in
  ${accepted}) exit 0 ;;
esac
printf '%s\\n' "$reply"
exit 1
`

/** Serves: also a replica that has lost its primary. Not while it loads its dataset: a drain must not count on it. */
export const isReady = ping("PONG | MASTERDOWN*")

/** Lives: whatever it answers. Killing a server that loads a large dataset would never let it finish. */
export const isAlive = ping("PONG | LOADING* | MASTERDOWN* | BUSY* | MISCONF* | *NOAUTH* | *WRONGPASS* | NOPERM*")
