/** The kinds that requests are generated for: bodies to begin with, and changes worth making, good and bad. */
import { crd } from "../../src/domain/valkey/Cluster.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { Resource } from "../../src/domain/kube/Object.ts"
import type { Edit, Path } from "./Edit.ts"
import type { Random } from "./Random.ts"

export interface Subject {
  readonly resource: Resource
  /** All fields but apiVersion, kind and metadata. */
  readonly body: (random: Random) => Readonly<Record<string, unknown>>
  readonly edits: ReadonlyArray<Edit>
  readonly statusEdits: ReadonlyArray<Edit>
  readonly hasStatus: boolean
  /** Its objects run, have budgets over them, and are evicted. */
  readonly isEvicted?: boolean
}

/** `set(["spec", "a"], 1, 2)`: one edit for each value; without values, a removal. */
const set = (path: Path, ...values: ReadonlyArray<unknown>): ReadonlyArray<Edit> =>
  values.length === 0 ? [{ path }] : values.map((value) => ({ path, value }))

const at = (text: string): Path => text.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step))

const condition = (type: string, status: string) => ({
  type,
  status,
  reason: "Generated",
  message: "",
  lastTransitionTime: "2026-01-02T03:04:05Z"
})

/** What any object may have. */
export const common: ReadonlyArray<Edit> = [
  ...set(at("metadata.labels.tier"), "one", "two", "", "not a label!"),
  ...set(at("metadata.labels.tier")),
  ...set(at("metadata.labels"), { app: "a" }, {}, null),
  ...set(["metadata", "labels", "bad key!"], "x"),
  ...set(at("metadata.annotations.note"), "text", "", "long ".repeat(20)),
  ...set(at("metadata.annotations.note")),
  ...set(at("metadata.finalizers"), ["example.com/hold"], [], ["nodomain"], ["example.com/hold", "example.com/two"]),
  ...set(at("metadata.finalizers")),
  ...set(at("metadata.ownerReferences"), [
    { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "11111111-1111-4111-8111-111111111111" }
  ]),
  ...set(at("metadata.ownerReferences"), [{ apiVersion: "v1", kind: "ConfigMap", name: "", uid: "" }]),
  ...set(at("metadata.ownerReferences"), [
    { apiVersion: "v1", kind: "A", name: "o", uid: "11111111-1111-4111-8111-111111111112", controller: true },
    { apiVersion: "v1", kind: "B", name: "p", uid: "11111111-1111-4111-8111-111111111113", controller: true }
  ]),
  ...set(at("metadata.generation"), 7),
  ...set(at("metadata.creationTimestamp"), "2020-01-01T00:00:00Z", null),
  ...set(at("metadata.labels"), { number: 7 }, "text"),
  ...set(at("unknownField"), 1, { deep: true }),
  ...set(at("metadata.managedFields"), [], [{}])
]

const service: Subject = {
  resource: Kinds.Service,
  hasStatus: true,
  body: (random) => ({
    spec: {
      ...(random.chance(0.8)
        ? {
            ports: [
              { name: "a", port: 6379 },
              ...(random.chance(0.4) ? [{ name: "b", port: 80, targetPort: "http" }] : [])
            ]
          }
        : {}),
      ...(random.chance(0.6) ? { selector: { app: "a" } } : {}),
      ...(random.chance(0.3) ? { clusterIP: "None" } : {}),
      ...(random.chance(0.2) ? { publishNotReadyAddresses: true } : {}),
      ...(random.chance(0.2)
        ? { type: random.pick(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "Wrong"]) }
        : {})
    }
  }),
  edits: [
    ...set(at("spec.selector"), { app: "b", tier: "x" }, {}, { "bad key!": "x" }),
    ...set(at("spec.selector")),
    ...set(at("spec.selector.app"), "c"),
    ...set(at("spec.ports"), [{ port: 1 }], [], [{ port: 0 }], [{ port: 70_000 }], [{ port: 1 }, { port: 2 }]),
    ...set(at("spec.ports"), [
      { name: "a", port: 6379, protocol: "TCP", targetPort: 6379 },
      { name: "u", port: 6379, protocol: "UDP" }
    ]),
    ...set(at("spec.ports.0.port"), 6380, "text", -1),
    ...set(at("spec.ports.0.targetPort"), "name", 8080, "Bad_Name", ""),
    ...set(at("spec.clusterIP"), "None", "10.97.0.1", "x", ""),
    ...set(at("spec.sessionAffinity"), "ClientIP", "None", "Wrong"),
    ...set(at("spec.sessionAffinityConfig"), { clientIP: { timeoutSeconds: 5 } }),
    ...set(at("spec.publishNotReadyAddresses"), true, "yes"),
    ...set(at("spec.internalTrafficPolicy"), "Local", "Wrong"),
    ...set(at("spec.ipFamilyPolicy"), "SingleStack", "PreferDualStack", "RequireDualStack"),
    ...set(at("spec.externalName"), "example.com"),
    ...set(at("spec.type"), "NodePort", "NodePort", "LoadBalancer", "ClusterIP", "ClusterIP", "ExternalName"),
    ...set(at("spec.externalTrafficPolicy"), "Local", "Cluster"),
    ...set(at("spec.externalTrafficPolicy")),
    ...set(at("spec.externalIPs"), ["1.2.3.4"], []),
    ...set(at("spec.allocateLoadBalancerNodePorts"), false, true),
    ...set(at("spec.loadBalancerClass"), "example.com/one", "example.com/two"),
    ...set(at("spec.ports.0.nodePort"), 80, 0),
    ...set(at("spec.unknown"), 1)
  ],
  statusEdits: [...set(at("status.conditions"), [condition("Ready", "True")]), ...set(at("status.loadBalancer"), {})]
}

const configMap: Subject = {
  resource: Kinds.ConfigMap,
  hasStatus: false,
  body: (random) => ({
    ...(random.chance(0.8) ? { data: { a: "1", ...(random.chance(0.5) ? { b: "two\nlines" } : {}) } } : {}),
    ...(random.chance(0.1) ? { immutable: true } : {}),
    ...(random.chance(0.1) ? { binaryData: { z: "AAEC" } } : {})
  }),
  edits: [
    ...set(at("data.a"), "2", "", 3, null),
    ...set(at("data.a")),
    ...set(at("data.c"), "new"),
    ...set(["data", "bad key!"], "x"),
    ...set(["data", "valkey.conf"], "port 6379\n"),
    ...set(at("data"), {}, null, { only: "this" }, []),
    ...set(at("binaryData"), { z: "AAEC" }, { a: "AAEC" }, { z: "not base64!" }),
    ...set(at("immutable"), true, false, "yes")
  ],
  statusEdits: []
}

const secret: Subject = {
  resource: Kinds.Secret,
  hasStatus: false,
  body: (random) => ({
    ...(random.chance(0.7) ? { data: { a: "b25l" } } : {}),
    ...(random.chance(0.4) ? { stringData: { b: "two" } } : {}),
    ...(random.chance(0.2) ? { type: random.pick(["Opaque", "kubernetes.io/basic-auth", "example.com/own"]) } : {}),
    ...(random.chance(0.1) ? { immutable: true } : {})
  }),
  edits: [
    ...set(at("data.a"), "dHdv", "not base64!", "", 1),
    ...set(at("data.a")),
    ...set(at("stringData"), { a: "over" }, { c: "new" }),
    ...set(at("type"), "Opaque", "other"),
    ...set(at("data"), {}, null),
    ...set(at("immutable"), true)
  ],
  statusEdits: []
}

const lease: Subject = {
  resource: Kinds.Lease,
  hasStatus: false,
  body: (random) => ({
    spec: {
      ...(random.chance(0.9) ? { holderIdentity: "one", leaseDurationSeconds: 6 } : {}),
      ...(random.chance(0.7)
        ? { renewTime: "2026-01-02T03:04:05.000006Z", acquireTime: "2026-01-02T03:04:05.5Z" }
        : {}),
      ...(random.chance(0.5) ? { leaseTransitions: 1 } : {})
    }
  }),
  edits: [
    ...set(at("spec.holderIdentity"), "two", "", 7),
    ...set(at("spec.leaseDurationSeconds"), 15, 0, -1, "6"),
    ...set(at("spec.leaseTransitions"), 2, -1),
    ...set(at("spec.renewTime"), "2026-01-02T03:04:06.000000Z", "2026-01-02T03:04:06Z", "yesterday"),
    ...set(at("spec.acquireTime")),
    ...set(at("spec.strategy"), "OldestEmulationVersion"),
    ...set(at("spec"), {}, null)
  ],
  statusEdits: []
}

const podSpec = (random: Random): Record<string, unknown> => ({
  containers: [
    {
      name: "valkey",
      image: random.pick(["valkey/valkey:8", "valkey/valkey:latest", "x"]),
      ...(random.chance(0.5) ? { ports: [{ name: "valkey", containerPort: 6379 }] } : {}),
      ...(random.chance(0.4)
        ? {
            env: [
              { name: "A", value: "1" },
              { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }
            ]
          }
        : {}),
      ...(random.chance(0.4)
        ? { resources: { requests: { cpu: "0.5", memory: "128Mi" }, limits: { memory: "256Mi" } } }
        : {}),
      ...(random.chance(0.4) ? { readinessProbe: { exec: { command: ["true"] }, periodSeconds: 2 } } : {}),
      ...(random.chance(0.3) ? { livenessProbe: { tcpSocket: { port: "valkey" } } } : {}),
      ...(random.chance(0.3) ? { volumeMounts: [{ name: "data", mountPath: "/data" }] } : {}),
      ...(random.chance(0.3)
        ? { securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] }, allowPrivilegeEscalation: false } }
        : {})
    }
  ],
  ...(random.chance(0.7)
    ? {
        volumes: [
          { name: "data", emptyDir: {} },
          { name: "config", configMap: { name: "c" } }
        ]
      }
    : {}),
  ...(random.chance(0.3) ? { terminationGracePeriodSeconds: random.pick([0, 10, 60]) } : {}),
  ...(random.chance(0.3)
    ? { securityContext: { runAsUser: 999, fsGroup: 999, seccompProfile: { type: "RuntimeDefault" } } }
    : {}),
  ...(random.chance(0.2) ? { initContainers: [{ name: "init", image: "busybox", command: ["true"] }] } : {}),
  ...(random.chance(0.2)
    ? {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "a" } } }
              }
            ]
          }
        }
      }
    : {})
})

/** Changes of a pod spec below `prefix`. */
const podEdits = (prefix: string): ReadonlyArray<Edit> => [
  ...set(at(`${prefix}.containers.0.image`), "valkey/valkey:9", "", " x"),
  ...set(at(`${prefix}.containers.0.name`), "other", "Bad_Name"),
  ...set(
    at(`${prefix}.containers.0.resources`),
    { limits: { cpu: "1", memory: "1Gi" } },
    { limits: { cpu: "bad" } },
    { requests: { cpu: "2" }, limits: { cpu: "1" } }
  ),
  ...set(at(`${prefix}.containers.0.env`), [{ name: "A", value: "2" }], [{ name: "" }], [{ name: "C" }]),
  ...set(at(`${prefix}.containers.0.imagePullPolicy`), "Never", "Wrong"),
  ...set(
    at(`${prefix}.containers.0.readinessProbe`),
    { tcpSocket: { port: 6379 } },
    {},
    { exec: { command: ["a"] }, tcpSocket: { port: 1 } }
  ),
  ...set(
    at(`${prefix}.containers.0.ports`),
    [{ containerPort: 0 }],
    [{ containerPort: 6379, name: "valkey", protocol: "UDP" }]
  ),
  ...set(
    at(`${prefix}.containers.0.volumeMounts`),
    [{ name: "nowhere", mountPath: "/x" }],
    [{ name: "data", mountPath: "" }]
  ),
  ...set(
    at(`${prefix}.containers`),
    [],
    [
      { name: "a", image: "b" },
      { name: "a", image: "b" }
    ]
  ),
  ...set(at(`${prefix}.restartPolicy`), "Always", "Never", "Wrong"),
  ...set(at(`${prefix}.terminationGracePeriodSeconds`), 5, -1),
  ...set(at(`${prefix}.nodeSelector`), { disk: "ssd" }, { "bad key!": "x" }),
  ...set(
    at(`${prefix}.tolerations`),
    [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
    [{ operator: "Wrong" }]
  ),
  ...set(
    at(`${prefix}.volumes`),
    [{ name: "data" }],
    [{ name: "data", emptyDir: {}, configMap: { name: "x" } }],
    [{ name: "s", secret: { secretName: "s" } }]
  ),
  ...set(at(`${prefix}.serviceAccountName`), "default", "other"),
  ...set(at(`${prefix}.dnsPolicy`), "Default", "Wrong"),
  ...set(at(`${prefix}.activeDeadlineSeconds`), 10, 0),
  ...set(at(`${prefix}.hostNetwork`), true),
  ...set(at(`${prefix}.unknown`), 1)
]

const pod: Subject = {
  resource: Kinds.Pod,
  hasStatus: true,
  body: (random) => ({ spec: podSpec(random) }),
  edits: podEdits("spec"),
  statusEdits: [
    ...set(at("status.phase"), "Running", "Succeeded"),
    ...set(at("status.conditions"), [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-02T03:04:05Z" }]),
    ...set(at("status.podIP"), "10.244.1.5", "bad"),
    ...set(at("status.podIPs"), [{ ip: "10.244.1.5" }]),
    ...set(at("status.containerStatuses"), [
      {
        name: "valkey",
        ready: true,
        restartCount: 1,
        image: "x",
        imageID: "y",
        state: { running: { startedAt: "2026-01-02T03:04:05Z" } }
      }
    ])
  ]
}

/** Pods that nothing is wrong with. */
const evicted: Subject = {
  resource: Kinds.Pod,
  hasStatus: true,
  isEvicted: true,
  body: () => ({ spec: { containers: [{ name: "valkey", image: "valkey/valkey:8" }] } }),
  edits: [...set(at("metadata.labels.app"), "a"), ...set(at("spec.activeDeadlineSeconds"), 10)],
  statusEdits: [...set(at("status.phase"), "Running", "Succeeded")]
}

const statefulSet: Subject = {
  resource: Kinds.StatefulSet,
  hasStatus: true,
  body: (random) => ({
    spec: {
      serviceName: "headless",
      ...(random.chance(0.8) ? { replicas: random.pick([0, 1, 3]) } : {}),
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: podSpec(random) },
      ...(random.chance(0.5)
        ? {
            volumeClaimTemplates: [
              {
                metadata: { name: "data" },
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
              }
            ]
          }
        : {}),
      ...(random.chance(0.4) ? { podManagementPolicy: "Parallel", updateStrategy: { type: "OnDelete" } } : {})
    }
  }),
  edits: [
    ...set(at("spec.replicas"), 0, 5, -1, "3", null),
    ...set(at("spec.replicas")),
    ...set(at("spec.serviceName"), "other"),
    ...set(at("spec.selector"), { matchLabels: { app: "b" } }, {}),
    ...set(at("spec.template.metadata.labels"), { app: "b" }, { app: "a", more: "x" }),
    ...set(at("spec.template.metadata.annotations.checksum"), "abc"),
    ...set(
      at("spec.updateStrategy"),
      { type: "OnDelete" },
      { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
      { type: "Wrong" }
    ),
    ...set(at("spec.podManagementPolicy"), "OrderedReady", "Parallel", "Wrong"),
    ...set(at("spec.minReadySeconds"), 5, -1),
    ...set(at("spec.revisionHistoryLimit"), 3, -1),
    ...set(
      at("spec.persistentVolumeClaimRetentionPolicy"),
      { whenDeleted: "Delete", whenScaled: "Retain" },
      { whenDeleted: "Wrong" }
    ),
    ...set(at("spec.ordinals"), { start: 2 }, { start: -1 }),
    ...set(at("spec.volumeClaimTemplates"), []),
    ...podEdits("spec.template.spec")
  ],
  statusEdits: [
    ...set(
      at("status"),
      { replicas: 3, readyReplicas: 2, observedGeneration: 1 },
      { replicas: -1 },
      { replicas: 1, readyReplicas: 2 }
    ),
    ...set(at("status.conditions"), [condition("Progressing", "True")])
  ]
}

const disruptionBudget: Subject = {
  resource: Kinds.PodDisruptionBudget,
  hasStatus: true,
  body: (random) => ({
    spec: {
      ...random.pick([
        { maxUnavailable: 1 },
        { minAvailable: 2 },
        { minAvailable: "50%" },
        {},
        { minAvailable: 1, maxUnavailable: 1 }
      ]),
      ...(random.chance(0.9) ? { selector: { matchLabels: { app: "a" } } } : {})
    }
  }),
  edits: [
    ...set(at("spec.maxUnavailable"), 0, "30%", "30", -1, "150%"),
    ...set(at("spec.maxUnavailable")),
    ...set(at("spec.minAvailable"), 1, "10%", "x"),
    ...set(at("spec.minAvailable")),
    ...set(
      at("spec.selector"),
      { matchLabels: { app: "b" } },
      { matchExpressions: [{ key: "app", operator: "In", values: [] }] }
    ),
    ...set(at("spec.unhealthyPodEvictionPolicy"), "AlwaysAllow", "Wrong")
  ],
  statusEdits: [
    ...set(at("status"), { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 1 }),
    ...set(at("status.disruptionsAllowed"), 1, -1)
  ]
}

const claim: Subject = {
  resource: Kinds.PersistentVolumeClaim,
  hasStatus: true,
  body: (random) => ({
    spec: {
      accessModes: random.pick([["ReadWriteOnce"], ["ReadWriteOnce", "ReadOnlyMany"], [], ["Wrong"]]),
      resources: { requests: { storage: random.pick(["1Gi", "1024Mi", "0.5Gi", "0"]) } },
      ...(random.chance(0.4) ? { storageClassName: random.pick(["local", ""]) } : {}),
      ...(random.chance(0.2) ? { volumeName: "pv" } : {})
    }
  }),
  edits: [
    ...set(at("spec.resources.requests.storage"), "2Gi", "1Mi", "bad"),
    ...set(at("spec.accessModes"), ["ReadOnlyMany"]),
    ...set(at("spec.storageClassName"), "other"),
    ...set(at("spec.volumeName"), "bound"),
    ...set(at("spec.volumeMode"), "Block", "Wrong"),
    ...set(at("spec.selector"), { matchLabels: { a: "b" } })
  ],
  statusEdits: [
    ...set(at("status.phase"), "Bound"),
    ...set(at("status"), { phase: "Bound", capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"] })
  ]
}

const slice: Subject = {
  resource: Kinds.EndpointSlice,
  hasStatus: false,
  body: (random) => ({
    addressType: random.pick(["IPv4", "IPv4", "IPv6", "Wrong"]),
    endpoints: [
      {
        addresses: [random.pick(["10.1.2.3", "10.1.2.4", "127.0.0.1", "x"])],
        ...(random.chance(0.5) ? { conditions: { ready: true } } : {})
      }
    ],
    ...(random.chance(0.7) ? { ports: [{ name: "a", port: 6379 }] } : {})
  }),
  edits: [
    ...set(
      at("endpoints"),
      [],
      [{ addresses: [] }],
      [{ addresses: ["10.1.2.9"], nodeName: "n", targetRef: { kind: "Pod", name: "p" } }]
    ),
    ...set(at("endpoints.0.conditions"), { ready: false, serving: true, terminating: true }),
    ...set(at("ports"), [{ port: 1 }], [{ name: "Bad_Name" }], []),
    ...set(at("addressType"), "IPv6")
  ],
  statusEdits: []
}

const account: Subject = {
  resource: Kinds.ServiceAccount,
  hasStatus: false,
  body: (random) => (random.chance(0.3) ? { automountServiceAccountToken: false } : {}),
  edits: [
    ...set(at("automountServiceAccountToken"), true, false, "x"),
    ...set(at("imagePullSecrets"), [{ name: "a" }], [{ name: "b" }, { name: "a" }]),
    ...set(at("secrets"), [{ name: "t" }])
  ],
  statusEdits: []
}

const event: Subject = {
  resource: Kinds.CoreEvent,
  hasStatus: false,
  body: (random) => ({
    involvedObject: { kind: "ConfigMap", name: "a", namespace: random.chance(0.9) ? "$namespace" : "other" },
    reason: "Generated",
    message: "m",
    type: random.pick(["Normal", "Warning", "Wrong"]),
    ...(random.chance(0.5)
      ? { count: 1, firstTimestamp: "2026-01-02T03:04:05Z", lastTimestamp: "2026-01-02T03:04:05Z" }
      : {}),
    ...(random.chance(0.5) ? { source: { component: "c" } } : {})
  }),
  edits: [
    ...set(at("count"), 2),
    ...set(at("message"), "n"),
    ...set(at("lastTimestamp"), "2026-01-02T03:04:09Z", "bad"),
    ...set(at("type"), "Other")
  ],
  statusEdits: []
}

const revision: Subject = {
  resource: Kinds.ControllerRevision,
  hasStatus: false,
  body: (random) => ({
    revision: random.pick([1, 2, -1]),
    ...(random.chance(0.9) ? { data: { spec: { a: [1, { b: null }] } } } : {})
  }),
  edits: [...set(at("revision"), 3, -1), ...set(at("data"), { other: 1 }), ...set(at("revision"), "x")],
  statusEdits: []
}

const namespace: Subject = {
  resource: Kinds.Namespace,
  hasStatus: true,
  body: () => ({}),
  edits: [...set(at("spec.finalizers"), ["example.com/x"], [])],
  statusEdits: [
    ...set(at("status.phase"), "Active", "Terminating"),
    ...set(at("status.conditions"), [condition("A", "True")])
  ]
}

const node: Subject = {
  resource: Kinds.Node,
  hasStatus: true,
  body: (random) => (random.chance(0.5) ? { spec: { podCIDR: "10.244.1.0/24", podCIDRs: ["10.244.1.0/24"] } } : {}),
  edits: [
    ...set(at("spec.unschedulable"), true, false),
    ...set(at("spec.taints"), [{ key: "a", effect: "NoSchedule" }], [], [{ key: "a", effect: "Wrong" }]),
    ...set(at("spec.podCIDR"), "10.244.2.0/24"),
    ...set(at("spec.providerID"), "x://y")
  ],
  statusEdits: [
    ...set(at("status.capacity"), { cpu: "4", memory: "1Gi", pods: "110" }),
    ...set(at("status.conditions"), [
      {
        type: "Ready",
        status: "True",
        lastHeartbeatTime: "2026-01-02T03:04:05Z",
        lastTransitionTime: "2026-01-02T03:04:05Z"
      }
    ]),
    ...set(at("status.addresses"), [{ type: "InternalIP", address: "10.0.0.1" }])
  ]
}

const volume: Subject = {
  resource: Kinds.PersistentVolume,
  hasStatus: true,
  body: (random) => ({
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      ...(random.chance(0.9) ? { hostPath: { path: "/tmp/x" } } : {}),
      ...(random.chance(0.5) ? { storageClassName: "local" } : {}),
      ...(random.chance(0.4) ? { persistentVolumeReclaimPolicy: random.pick(["Retain", "Delete", "Wrong"]) } : {})
    }
  }),
  edits: [
    ...set(at("spec.capacity.storage"), "2Gi"),
    ...set(at("spec.persistentVolumeReclaimPolicy"), "Delete"),
    ...set(at("spec.claimRef"), { namespace: "n", name: "c" }),
    ...set(at("spec.hostPath.path"), "/other"),
    ...set(at("spec.storageClassName"), "other")
  ],
  statusEdits: [...set(at("status.phase"), "Bound", "Available")]
}

const clusterResource: Resource = {
  group: "valkey.verilean.io",
  version: "v1",
  plural: "valkeyclusters",
  kind: "ValkeyCluster",
  namespaced: true
}

const valkeyCluster: Subject = {
  resource: clusterResource,
  hasStatus: true,
  body: (random) => ({
    spec: {
      ...(random.chance(0.8) ? { replicas: random.pick([1, 3, 5, 0]) } : {}),
      ...(random.chance(0.4) ? { image: "valkey/valkey:8" } : {}),
      ...(random.chance(0.3) ? { persistence: { enabled: true, size: "1Gi" } } : {}),
      ...(random.chance(0.3) ? { resources: { requests: { cpu: "100m", memory: "64Mi" } } } : {})
    }
  }),
  edits: [
    ...set(at("spec.replicas"), 1, 3, 7, -1, "3", null),
    ...set(at("spec.replicas")),
    ...set(at("spec.image"), "x", ""),
    ...set(
      at("spec.persistence"),
      { enabled: false },
      { enabled: true, size: "2Gi" },
      { enabled: true },
      { size: "bad" }
    ),
    ...set(at("spec.failover"), { policy: "safe" }, { policy: "wrong" }, {}),
    ...set(at("spec.durability"), "strict", "wrong"),
    ...set(at("spec.resources"), { limits: { cpu: 1 } }, { limits: { cpu: "bad" } }),
    ...set(at("spec.config"), { maxmemory: "1mb" }, { maxmemory: 1 }),
    ...set(at("spec.unknown"), 1),
    ...set(at("spec"), {}, null)
  ],
  statusEdits: [
    ...set(at("status.phase"), "Running", "Wrong"),
    ...set(at("status.epoch"), 1, -1, "x"),
    ...set(
      at("status.conditions"),
      [condition("Ready", "True")],
      [{ type: "Ready" }],
      [condition("Ready", "True"), condition("Ready", "False")]
    ),
    ...set(at("status.unknown"), 1)
  ]
}

/** A kind of our own making, for what the schema language has and our CRD does not use. */
const widgetResource: Resource = {
  group: "conformance.gungnir.dev",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true
}

const widgetDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.conformance.gungnir.dev" },
  spec: {
    group: "conformance.gungnir.dev",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList", shortNames: ["wg"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["size"],
                "x-kubernetes-validations": [
                  { rule: "self.size <= 10", message: "at most ten" },
                  { rule: "!has(oldSelf.name) || has(self.name)", message: "a name stays" },
                  { rule: "!has(self.parts) || self.parts.all(p, p.count < 5)" }
                ],
                properties: {
                  size: { type: "integer", format: "int32", minimum: 0, default: 1 },
                  name: {
                    type: "string",
                    maxLength: 8,
                    pattern: "^[a-z]*$",
                    "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "name is immutable" }]
                  },
                  mode: { type: "string", enum: ["Fast", "Safe"], default: "Safe" },
                  port: { "x-kubernetes-int-or-string": true },
                  maybe: { type: "string", nullable: true },
                  ratio: { type: "number", maximum: 1 },
                  tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" }, maxItems: 3 },
                  parts: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["id"],
                    maxItems: 10,
                    items: {
                      type: "object",
                      required: ["id"],
                      properties: {
                        id: { type: "string" },
                        count: { type: "integer", default: 2 },
                        note: { type: "string" }
                      }
                    }
                  },
                  free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                  settings: { type: "object", additionalProperties: { type: "string" } },
                  whole: {
                    type: "object",
                    "x-kubernetes-map-type": "atomic",
                    properties: { a: { type: "string" }, b: { type: "string" } }
                  }
                }
              },
              status: { type: "object", properties: { size: { type: "integer" }, note: { type: "string" } } }
            }
          }
        }
      }
    ]
  }
}

const widget: Subject = {
  resource: widgetResource,
  hasStatus: true,
  body: (random) => ({
    spec: {
      ...(random.chance(0.7) ? { size: random.pick([0, 3, 11]) } : {}),
      ...(random.chance(0.5) ? { name: random.pick(["a", "abc", "Bad"]) } : {}),
      ...(random.chance(0.5) ? { parts: [{ id: "a" }, { id: "b", count: 3, note: "n" }] } : {}),
      ...(random.chance(0.4) ? { tags: ["x", "y"] } : {}),
      ...(random.chance(0.4) ? { free: { any: [1, { deep: null }] }, settings: { a: "1" } } : {}),
      ...(random.chance(0.3) ? { whole: { a: "1" }, port: random.pick([80, "http"]) } : {})
    }
  }),
  edits: [
    ...set(at("spec.size"), 0, 5, 11, -1, 2.5, "3", null),
    ...set(at("spec.size")),
    ...set(at("spec.name"), "a", "z", "toolonganame"),
    ...set(at("spec.name")),
    ...set(at("spec.mode"), "Fast", "Wrong"),
    ...set(at("spec.mode")),
    ...set(at("spec.port"), 1, "x", true),
    ...set(at("spec.maybe"), null, "x"),
    ...set(at("spec.ratio"), 0.5, 2, 1),
    ...set(at("spec.tags"), ["x"], ["x", "x"], ["a", "b", "c", "d"], []),
    ...set(at("spec.parts"), [{ id: "a", count: 9 }], [{ id: "a" }, { id: "a" }], [{ count: 1 }], [{ id: "c" }]),
    ...set(at("spec.parts.0.count"), 4, 7),
    ...set(at("spec.free"), { other: true }, "text"),
    ...set(at("spec.free.any"), { more: 1 }),
    ...set(at("spec.settings"), { b: "2" }, { c: 3 }),
    ...set(at("spec.settings.d"), "4"),
    ...set(at("spec.whole"), { b: "2" }),
    ...set(at("spec.unknown"), { a: 1 }),
    ...set(at("spec"), {}, null)
  ],
  statusEdits: [...set(at("status.size"), 3, "x"), ...set(at("status.note"), "n"), ...set(at("status.unknown"), 1)]
}

/** Installed on both servers before the first request. */
export const definitions: ReadonlyArray<Kinds.KubeObject> = [crd(), widgetDefinition]

export const subjects: ReadonlyArray<Subject> = [
  service,
  configMap,
  secret,
  lease,
  pod,
  evicted,
  statefulSet,
  disruptionBudget,
  claim,
  slice,
  account,
  event,
  revision,
  namespace,
  node,
  volume,
  valkeyCluster,
  widget
]
