/**
 * The pods. Nothing in them depends on who is the primary.
 */
import type { KubeObject } from "../../kube/Object.ts"
import type { Cluster } from "../Cluster.ts"
import { checksum } from "./Config.ts"
import { labels, metadata, names, selectorLabels } from "./Metadata.ts"
import { passwordKey } from "./Password.ts"
import * as Scripts from "./Scripts.ts"

/** On the pods: the configuration they were made for. */
const checksumAnnotation = "valkey.verilean.io/config-checksum"

/** Of the `valkey` user in the published images. */
const user = 999

const optional = <A extends object>(field: string, value: A | undefined) =>
  value === undefined || Object.keys(value).length === 0 ? {} : { [field]: value }

const probe = (script: string, periodSeconds: number, failureThreshold: number) => ({
  exec: { command: ["/bin/sh", "-c", script] },
  periodSeconds,
  timeoutSeconds: 3,
  failureThreshold
})

const container = (cluster: Cluster) => ({
  name: "valkey",
  image: cluster.spec.image,
  command: ["/bin/sh", "-c", Scripts.start],
  env: [
    { name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
    { name: "VALKEY_PORT", value: String(cluster.spec.port) },
    ...Object.entries(Scripts.paths).map(([name, value]) => ({ name, value }))
  ],
  ports: [{ name: "valkey", containerPort: cluster.spec.port, protocol: "TCP" }],
  ...resources(cluster),
  // A frozen server is left to Sentinel for half a minute: it fails over long before.
  readinessProbe: probe(Scripts.isReady, 2, 2),
  livenessProbe: probe(Scripts.isAlive, 5, 6),
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] }
  },
  volumeMounts: [
    { name: "config", mountPath: Scripts.paths.CONFIG_DIR, readOnly: true },
    { name: "auth", mountPath: Scripts.paths.AUTH_DIR, readOnly: true },
    { name: "run", mountPath: Scripts.paths.RUN_DIR },
    { name: "data", mountPath: Scripts.paths.DATA_DIR }
  ]
})

const resources = ({ spec }: Cluster) => {
  const { limits, requests } = spec.resources ?? {}
  return optional("resources", { ...optional("requests", requests), ...optional("limits", limits) })
}

const volumes = (cluster: Cluster) => {
  const { configMap, secret } = names(cluster.metadata)
  return [
    { name: "config", configMap: { name: configMap } },
    { name: "auth", secret: { secretName: secret, items: [{ key: passwordKey, path: passwordKey }] } },
    // In memory, so that the password never reaches a disk.
    { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
    ...(cluster.spec.persistence.enabled ? [] : [{ name: "data", emptyDir: {} }])
  ]
}

const spread = (cluster: Cluster, topologyKey: string) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable: "ScheduleAnyway",
  labelSelector: { matchLabels: selectorLabels(cluster) }
})

const template = (cluster: Cluster) => ({
  metadata: {
    labels: { ...cluster.spec.labels, ...labels(cluster) },
    annotations: { ...cluster.spec.annotations, [checksumAnnotation]: checksum(cluster) }
  },
  spec: {
    automountServiceAccountToken: false,
    // Variables of a Service named valkey would shadow ours.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    ...optional("nodeSelector", cluster.spec.nodeSelector),
    topologySpreadConstraints: [
      spread(cluster, "kubernetes.io/hostname"),
      spread(cluster, "topology.kubernetes.io/zone")
    ],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: "OnRootMismatch",
      seccompProfile: { type: "RuntimeDefault" }
    },
    containers: [container(cluster)],
    volumes: volumes(cluster)
  }
})

const claims = ({ spec: { persistence } }: Cluster) =>
  persistence.enabled
    ? {
        volumeClaimTemplates: [
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              volumeMode: "Filesystem",
              ...(persistence.storageClassName === undefined ? {} : { storageClassName: persistence.storageClassName }),
              resources: { requests: { storage: persistence.storageSize } }
            }
          }
        ]
      }
    : {}

/** A StatefulSet as far as somebody looks into it. */
export interface StatefulSet extends KubeObject {
  readonly spec: {
    readonly template: unknown
    readonly volumeClaimTemplates?: unknown
    readonly [field: string]: unknown
  }
}

/**
 * Parallel, because a pod that is not ready must not keep the others from
 * starting; OnDelete, because only the operator knows the order of a restart
 * (`failover:5.3`): a changed template rolls nothing by itself.
 */
export const statefulSet = (cluster: Cluster): StatefulSet => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: metadata(cluster, names(cluster.metadata).statefulSet),
  spec: {
    replicas: cluster.spec.replicas,
    serviceName: names(cluster.metadata).headlessService,
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "OnDelete" },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    selector: { matchLabels: selectorLabels(cluster) },
    template: template(cluster),
    ...claims(cluster)
  }
})
