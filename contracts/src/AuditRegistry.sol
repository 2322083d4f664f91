// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {EpochClock} from "./EpochClock.sol";
import {Reports} from "./Reports.sol";

/// @title Assay's registry: clock, validators, nodes and reports
/// @notice Nobody owns it: no administrator, no proxy, no pause. It calls no other contract (only precompiles), holds no
/// money, and everything that is in effect or posted is final. docs/protocol.md is the protocol that it serves.
contract AuditRegistry is Reports {
    /// @param genesis Unix time in seconds at which epoch 0 begins; may lie in the past or in the future.
    /// @param slotSeconds Length of a slot in seconds, not 0.
    /// @param slotsPerEpoch Number of slots in an epoch, not 0.
    /// @param policyHash SHA-256 of the policy's canonical JSON.
    constructor(uint64 genesis, uint32 slotSeconds, uint32 slotsPerEpoch, bytes32 policyHash)
        EIP712("Assay", "1")
        EpochClock(genesis, slotSeconds, slotsPerEpoch)
        Reports(policyHash)
    {}

    /// @notice The EIP-712 domain separator, part of everything that validators and nodes sign.
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }
}
