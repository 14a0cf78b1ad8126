/** The programs of Ceph that the S3 server is made of. */
export const cephPrograms: readonly string[] = [
  "ceph",
  "ceph-authtool",
  "ceph-mon",
  "ceph-osd",
  "monmaptool",
  "radosgw",
  "radosgw-admin",
];

/** A monitor, one store in memory, and the gateway that speaks S3. */
export function cephConfiguration(of: {
  readonly home: string;
  readonly port: number;
  readonly monitorPorts: readonly [v2: number, v1: number];
}): string {
  const { home, port, monitorPorts } = of;
  return `[global]
mon host = [v2:127.0.0.1:${monitorPorts[0]},v1:127.0.0.1:${monitorPorts[1]}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
run dir = ${home}/run
log file = ${home}/log/$name.log
admin socket = ${home}/run/$name.asok
keyring = ${home}/keyring
mon data = ${home}/mon
osd data = ${home}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
osd crush chooseleaf type = 0
paxos propose interval = 0.05
paxos min wait = 0.01
log max recent = 100

[client.rgw]
rgw data = ${home}/rgw
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw thread pool size = 32
rgw dns name = localhost
rgw gc processor period = 60
rgw multipart min part size = 5242880
`;
}

/**
 * Starts everything below a home folder, makes the account, and says that it is ready by a file. The first process waits for the end
 * of standard input, and then ends its whole process group.
 */
export const cephScript = `
home=$1 v2=\${2% *} v1=\${2#* } access=$3 secret=$4
export CEPH_CONF="$home/ceph.conf"
exec 3<&0 </dev/null >"$home/log/start" 2>&1
start() {
  set -e
  fsid=$(cat /proc/sys/kernel/random/uuid)
  store=$(cat /proc/sys/kernel/random/uuid)
  printf 'fsid = %s\\n' "$fsid" | sed -i '/^\\[global\\]$/r /dev/stdin' "$CEPH_CONF"
  key() { ceph-authtool "$home/keyring" --gen-key -n "$@" --cap mon 'allow *' --cap osd 'allow *'; }
  ceph-authtool --create-keyring "$home/keyring"
  key mon.
  key client.admin
  key client.rgw
  key osd.0
  monmaptool --create --clobber --addv a "[v2:127.0.0.1:$v2,v1:127.0.0.1:$v1]" --fsid "$fsid" "$home/monmap"
  ceph-mon --mkfs -i a --monmap "$home/monmap" --keyring "$home/keyring"
  ceph-mon -i a -f &
  ceph --connect-timeout 20 osd create "$store" 0
  cp "$home/keyring" "$home/osd/keyring"
  ceph-osd -i 0 --mkfs --osd-uuid "$store"
  ceph osd crush add osd.0 1.0 root=default host=localhost
  ceph-osd -i 0 -f &
  for attempt in $(seq 100); do
    if ceph osd stat | grep -q '1 up'; then break; fi
    sleep 0.1
  done
  radosgw -n client.rgw -f &
  echo $! >"$home/radosgw.pid"
  radosgw-admin -n client.rgw user create --uid=test --display-name=test --access-key="$access" --secret="$secret"
  address=$(sed -n 's/^rgw frontends = beast endpoint=//p' "$CEPH_CONF")
  for attempt in $(seq 200); do
    if (exec 4<>"/dev/tcp/\${address%:*}/\${address#*:}") 2>/dev/null; then break; fi
    sleep 0.1
  done
  : >"$home/ready"
  wait
}
( trap ': >"$home/failed"' EXIT; start ) 3<&- &
cat <&3 >/dev/null
rm -rf "$home"
kill -KILL 0
`;
