// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// The values that go in and out of the registry. Field names and order of EpochReport are those of docs/protocol.md section 7:
// they are hashed, so they must never change.

/// @notice A validator's signed statement about one epoch.
struct EpochReport {
    uint64 epoch;
    address validator;
    bytes32 auditRoot;
    bytes32 summaryRoot;
    uint32 due;
    uint32 done;
    bytes32 seed;
    uint64 beaconRound;
    uint32 nodeCount;
    bytes32 policyHash;
    bytes32 previous;
    bytes32 archiveHash;
}

/// @notice What the registry keeps of a posted report: five storage words. The rest of the report is in the event, and
/// `reportHash` (the EIP-712 struct hash) fixes it.
struct StoredReport {
    bytes32 reportHash;
    bytes32 auditRoot;
    bytes32 summaryRoot;
    bytes32 seed;
    uint64 blockNumber;
    uint64 timestamp;
    /// The epoch of this validator's report before this one; 0 for its first (no report can be about epoch 0).
    uint64 previousEpoch;
    uint32 due;
    uint32 done;
}

/// @notice A stored report as callers see it.
struct ReportView {
    bool posted;
    bytes32 reportHash;
    bytes32 auditRoot;
    bytes32 summaryRoot;
    bytes32 seed;
    uint32 due;
    uint32 done;
    uint64 previousEpoch;
    uint64 blockNumber;
    uint64 timestamp;
}

/// @notice One validator as it is at some epoch. `signer` is zero before its first version takes effect.
struct ValidatorView {
    address operator;
    bool active;
    address signer;
    string url;
}

/// @notice One node as it is at some epoch.
struct NodeView {
    uint32 index;
    bytes32 nodeId;
    address operator;
    bytes32 qx;
    bytes32 qy;
    string url;
    bytes32 gpuClass;
    uint32 vramMiB;
    bool retired;
}

/// @notice A summary leaf without the report's own epoch and validator: one node and kind within one report.
struct Summary {
    uint32 nodeIndex;
    uint8 kind;
    uint32 pass;
    uint32 fail;
    uint32 voided;
    uint64 medianMeasure;
    uint32 medianElapsedMs;
}
