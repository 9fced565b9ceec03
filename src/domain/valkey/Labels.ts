/**
 * The labels by which objects of a cluster are told (`gungnir:2.1`).
 */
export const label = {
  name: "app.kubernetes.io/name",
  instance: "app.kubernetes.io/instance",
  managedBy: "app.kubernetes.io/managed-by",
  /** Set on each pod by the StatefulSet controller. */
  podName: "statefulset.kubernetes.io/pod-name"
} as const
