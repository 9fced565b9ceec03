/**
 * How lists and maps of the built-in types merge: a table, since the generated
 * models do not carry the list types of the API's OpenAPI document (1.34).
 */

/** Keys of associative lists, `key=default` where the API has a default; `set` for lists of values. */
export const associative: Readonly<Record<string, string>> = {
  "Container.env": "name",
  "Container.ports": "containerPort protocol=TCP",
  "Container.volumeDevices": "devicePath",
  "Container.volumeMounts": "mountPath",
  "ContainerRestartRuleOnExitCodes.values": "set",
  "ContainerStatus.allocatedResourcesStatus": "name",
  "ContainerStatus.volumeMounts": "mountPath",
  "CustomResourceDefinitionStatus.conditions": "type",
  "Endpoint.addresses": "set",
  "EphemeralContainer.env": "name",
  "EphemeralContainer.ports": "containerPort protocol=TCP",
  "EphemeralContainer.volumeDevices": "devicePath",
  "EphemeralContainer.volumeMounts": "mountPath",
  "JSONSchemaProps.x-kubernetes-validations": "rule",
  "NamespaceStatus.conditions": "type",
  "NodeSpec.podCIDRs": "set",
  "NodeStatus.addresses": "type",
  "NodeStatus.conditions": "type",
  "ObjectMeta.finalizers": "set",
  "ObjectMeta.ownerReferences": "uid",
  "PersistentVolumeClaimStatus.conditions": "type",
  "PodDisruptionBudgetStatus.conditions": "type",
  "PodSpec.containers": "name",
  "PodSpec.ephemeralContainers": "name",
  "PodSpec.hostAliases": "ip",
  "PodSpec.imagePullSecrets": "name",
  "PodSpec.initContainers": "name",
  "PodSpec.resourceClaims": "name",
  "PodSpec.schedulingGates": "name",
  "PodSpec.topologySpreadConstraints": "topologyKey whenUnsatisfiable",
  "PodSpec.volumes": "name",
  "PodStatus.conditions": "type",
  "PodStatus.podIPs": "ip",
  "PodStatus.resourceClaimStatuses": "name",
  "ResourceRequirements.claims": "name",
  "ResourceStatus.resources": "resourceID",
  "ServiceAccount.secrets": "name",
  "ServiceSpec.ports": "port protocol=TCP",
  "ServiceStatus.conditions": "type",
  "StatefulSetStatus.conditions": "type"
}

/** Associative lists whose items must have their key: it is optional in the type, and has no default. */
export const keyedWithoutDefault: ReadonlySet<string> = new Set(["ServiceAccount.secrets"])

/** Associative lists that a strategic merge patch replaces. */
export const notStrategic: ReadonlySet<string> = new Set([
  "ContainerRestartRuleOnExitCodes.values",
  "CustomResourceDefinitionStatus.conditions",
  "Endpoint.addresses",
  "ResourceRequirements.claims",
  "ResourceStatus.resources"
])

/** Lists whose items a strategic merge patch may trim to the keys it names. */
export const retainsKeys: ReadonlySet<string> = new Set([
  "PodSpec.resourceClaims",
  "PodSpec.volumes",
  "PodStatus.resourceClaimStatuses"
])

/** Structs that have one owner as a whole. */
export const atomicStructs: ReadonlySet<string> = new Set([
  "ConfigMapKeySelector",
  "EndpointPort",
  "FileKeySelector",
  "LabelSelector",
  "LocalObjectReference",
  "NodeSelector",
  "NodeSelectorTerm",
  "ObjectFieldSelector",
  "ObjectReference",
  "OwnerReference",
  "ResourceFieldSelector",
  "SecretKeySelector",
  "SecretReference",
  "TopologySelectorTerm",
  "TypedLocalObjectReference"
])

/** Fields of such a struct that are owned field by field all the same. */
export const granularFields: ReadonlySet<string> = new Set(["PersistentVolumeSpec.claimRef"])

/** Maps that have one owner as a whole. */
export const atomicMaps: ReadonlySet<string> = new Set(["PodSpec.nodeSelector", "ServiceSpec.selector"])

/** Quantities, and maps of them: text in the generated models. */
export const quantities: ReadonlySet<string> = new Set([
  "ContainerStatus.allocatedResources",
  "EmptyDirVolumeSource.sizeLimit",
  "NodeStatus.allocatable",
  "NodeStatus.capacity",
  "PersistentVolumeClaimStatus.allocatedResources",
  "PersistentVolumeClaimStatus.capacity",
  "PersistentVolumeSpec.capacity",
  "PodSpec.overhead",
  "ResourceFieldSelector.divisor",
  "ResourceRequirements.limits",
  "ResourceRequirements.requests",
  "VolumeResourceRequirements.limits",
  "VolumeResourceRequirements.requests"
])

/** Fields that the generated models have and a 1.34 server does not. */
export const newer: ReadonlySet<string> = new Set([
  "CustomResourceDefinitionCondition.observedGeneration",
  "CustomResourceDefinitionStatus.observedGeneration",
  "NodeStatus.declaredFeatures",
  "PodSpec.schedulingGroup",
  "PodStatus.allocatedResources",
  "PodStatus.nodeAllocatableResourceClaimStatuses",
  "PodStatus.resources",
  "ResourceHealth.message",
  "VolumeMountStatus.volumeStatus"
])
