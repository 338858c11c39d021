// Processes that see a folder as the root of the file system, in a mount namespace of their own (unshare(1),
// mount(8)). Needs root on Linux. Each program replaces the one before, so a signal reaches the last of them, and
// nothing stays mounted when it ends.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Arguments: root, `ro` or `rw`, number of mounts, `source target mode` of each, working directory, uid, gid, command.
 * Absolute paths, because PATH is that of the command.
 */
const ENTER = `
set -eu
root=$1 whole=$2 count=$3; shift 3
/usr/bin/mount --bind "$root" "$root"
while [ "$count" -gt 0 ]; do
  case $3 in
    proc) /usr/bin/mount -t proc proc "$root$2" ;;
    tmpfs) /usr/bin/mount -t tmpfs -o mode=1777 tmpfs "$root$2" ;;
    rw) /usr/bin/mount --rbind "$1" "$root$2" ;;
    ro) /usr/bin/mount --bind "$1" "$root$2"; /usr/bin/mount -o remount,bind,ro "$root$2" ;;
    *) echo "no mode: $3" >&2; exit 2 ;;
  esac
  shift 3; count=$((count - 1))
done
[ "$whole" = rw ] || /usr/bin/mount -o remount,bind,ro "$root"
workdir=$1 uid=$2 gid=$3; shift 3
set -- /usr/bin/unshare --root="$root" --wd="$workdir" --setgid="$gid" --setuid="$uid" "$@"
[ "$uid" != 0 ] || exec "$@"
exec /usr/bin/setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setgid,+setuid "$@"
`;

/**
 * Spawns `command` with `root` as its root. `user`: `{ uid, gid }`, without further groups; `env`: the whole
 * environment; other users than root have no capability; `mounts`: `{ source, target, mode }` with mode `ro`, `rw`, `proc` or `tmpfs`, in the order given;
 * `readOnly`: what is not a mount cannot be written.
 */
export function spawnRooted({ root, command, user, workdir, env, mounts, readOnly, stdio }) {
  for (const mount of mounts) makeMountPoint(root, mount);
  const list = mounts.flatMap(({ source = 'none', target, mode }) => [source, target, mode]);
  const enter = [root, readOnly ? 'ro' : 'rw', String(mounts.length), ...list];
  const run = [workdir, String(user.uid), String(user.gid), ...command];
  return spawn(
    '/usr/bin/unshare',
    ['--mount', '--propagation=private', '/bin/sh', '-c', ENTER, 'sh', ...enter, ...run],
    { env, stdio },
  );
}

/** What a container engine does too before it makes the root read-only. */
function makeMountPoint(root, { source, target, mode }) {
  const point = join(root, target);
  if (mode === 'proc' || mode === 'tmpfs' || statSync(source).isDirectory()) {
    mkdirSync(point, { recursive: true });
    return;
  }
  mkdirSync(dirname(point), { recursive: true });
  closeSync(openSync(point, 'a'));
}
