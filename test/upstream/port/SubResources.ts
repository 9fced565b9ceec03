/**
 * The six objects as upstream's executor builds them (`gungnir:2`): most of the
 * spec is ignored, the port and the volume's size are constants (`gungnir:W21`).
 */
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { Sub } from "./Fsm.ts"

/** All that it reads of a cluster: `.spec.replicas`, `.spec.image`, `.metadata.uid`. */
export interface Wanted {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly replicas: number
  readonly image: string
}

export const port = 6379

export const resourceOf: Readonly<Record<Sub, Resource>> = {
  HeadlessService: Kinds.Service,
  ClientService: Kinds.Service,
  ConfigMap: Kinds.ConfigMap,
  Secret: Kinds.Secret,
  StatefulSet: Kinds.StatefulSet,
  PodDisruptionBudget: Kinds.PodDisruptionBudget
}

export const nameOf = (name: string, sub: Sub): string => {
  switch (sub) {
    case "HeadlessService":
      return `${name}-headless`
    case "ClientService":
      return `${name}-client`
    case "ConfigMap":
      return `${name}-config`
    case "Secret":
      return `${name}-secret`
    case "StatefulSet":
      return name
    case "PodDisruptionBudget":
      return `${name}-pdb`
  }
}

export const hostOf = (name: string, namespace: string, pod: string): string =>
  `${pod}.${name}-headless.${namespace}.svc.cluster.local`

const selectorLabels = (name: string) => ({
  "app.kubernetes.io/name": "valkey",
  "app.kubernetes.io/instance": name
})

/** Who is the primary is a constant: ordinal 0. Everybody else follows it from the start (`gungnir:W7`, `gungnir:W10`). */
const start = ({ name, namespace }: Wanted): string => `cp "$CONFIG_DIR/valkey.conf" "$RUN_DIR/valkey.conf"
set -- "$RUN_DIR/valkey.conf"
[ "\${HOSTNAME##*-}" = 0 ] || set -- "$@" --replicaof ${hostOf(name, namespace, `${name}-0`)} ${port}
exec valkey-server "$@"
`

const probe = (initialDelaySeconds: number, periodSeconds: number) => ({
  exec: { command: ["valkey-cli", "ping"] },
  initialDelaySeconds,
  periodSeconds
})

const container = (wanted: Wanted) => ({
  name: "valkey",
  image: wanted.image,
  command: ["/bin/sh", "-c", start(wanted)],
  ports: [{ name: "valkey", containerPort: port, protocol: "TCP" }],
  env: [
    { name: "POD_NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } },
    { name: "VALKEY_PORT", value: String(port) },
    { name: "CONFIG_DIR", value: "/etc/valkey" },
    { name: "RUN_DIR", value: "/tmp" }
  ],
  volumeMounts: [
    { name: "config", mountPath: "/etc/valkey" },
    { name: "data", mountPath: "/data" }
  ],
  readinessProbe: probe(5, 10),
  livenessProbe: probe(15, 20)
})

const statefulSetSpec = (wanted: Wanted) => ({
  replicas: wanted.replicas,
  serviceName: `${wanted.name}-headless`,
  selector: { matchLabels: selectorLabels(wanted.name) },
  template: {
    metadata: { labels: selectorLabels(wanted.name) },
    spec: {
      containers: [container(wanted)],
      volumes: [{ name: "config", configMap: { name: `${wanted.name}-config` } }]
    }
  },
  volumeClaimTemplates: [
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data" },
      spec: {
        accessModes: ["ReadWriteOnce"],
        volumeMode: "Filesystem",
        resources: { requests: { storage: "1Gi" } }
      }
    }
  ]
})

const ports = [{ name: "valkey", port, targetPort: port, protocol: "TCP" }]

const conf = `port ${port}
bind 0.0.0.0
protected-mode no
appendonly yes
dir /data
`

const content = (wanted: Wanted, sub: Sub): object => {
  const selector = selectorLabels(wanted.name)
  switch (sub) {
    case "HeadlessService":
      return { spec: { clusterIP: "None", publishNotReadyAddresses: true, selector, ports } }
    case "ClientService":
      return { spec: { type: "ClusterIP", selector, ports } }
    case "ConfigMap":
      return { data: { "valkey.conf": conf } }
    case "Secret":
      return { type: "Opaque" }
    case "StatefulSet":
      return { spec: statefulSetSpec(wanted) }
    case "PodDisruptionBudget":
      return { spec: { minAvailable: 1, selector: { matchLabels: selector } } }
  }
}

export const build = (wanted: Wanted, sub: Sub): KubeObject => {
  const resource = resourceOf[sub]
  return {
    apiVersion: Kinds.apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: nameOf(wanted.name, sub),
      namespace: wanted.namespace,
      labels: { ...selectorLabels(wanted.name), "app.kubernetes.io/managed-by": "gungnir-operator" },
      ownerReferences: [
        {
          apiVersion: "valkey.verilean.io/v1",
          kind: "ValkeyCluster",
          name: wanted.name,
          uid: wanted.uid,
          controller: true,
          blockOwnerDeletion: true
        }
      ]
    },
    ...content(wanted, sub)
  }
}
