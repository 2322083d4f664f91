// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochReport, EpochRoot, NodeView, RootView} from "../Types.sol";

/// @notice What the stakes, the rewards and the fault prover ask of the registry.
interface IRegistry {
    function SLOT_SECONDS() external view returns (uint32);
    function SLOTS_PER_EPOCH() external view returns (uint32);
    function currentEpoch() external view returns (uint64);
    function epochStart(uint64 epoch) external view returns (uint256);
    function domainSeparator() external view returns (bytes32);
    function policyAt(uint64 epoch) external view returns (bytes32);

    /// @notice The operator's stake as a validator has changed: seats are dealt anew from two epochs later. Anybody may call it;
    /// it does nothing for an operator that is no validator, and never reverts.
    function stakeChanged(address operator) external;

    /// @notice The signer of a validator that is active at `epoch`; zero otherwise.
    function signerAt(address operator, uint64 epoch) external view returns (address);
    /// @notice The number of seats taken at `epoch`: V of protocol section 6.
    function validatorCountAt(uint64 epoch) external view returns (uint32);
    function nodeCountAt(uint64 epoch) external view returns (uint32);
    function nodeIndexOf(bytes32 nodeId) external view returns (uint32);
    /// @notice The node with this index as it is at `epoch`. Reverts for an index that isn't below `nodeCountAt(epoch)`.
    function nodeAt(uint32 index, uint64 epoch) external view returns (NodeView memory);
    /// @notice Owner, key and standing of a node, whether in effect yet or not; `known` false when never registered.
    function nodeKey(bytes32 nodeId)
        external
        view
        returns (bool known, address operator, bytes32 qx, bytes32 qy, bool retired);

    function hashReport(EpochReport calldata report) external view returns (bytes32);
    /// @notice Struct hash of the posted report; zero when there is none.
    function reportHashOf(address validator, uint64 epoch) external view returns (bytes32);
    function hashRoot(EpochRoot calldata root) external view returns (bytes32);

    /// @notice What is stored of a consensus root; all zero, `posted` false, when there is none.
    function rootOf(uint64 epoch) external view returns (RootView memory);
    /// @notice How many consensus roots have been posted.
    function rootCount() external view returns (uint64);
    /// @notice Whether (pool, account, cumulative) is a leaf of that epoch's reward tree. Pool 0: rewards, 1: compensation.
    function verifyReward(uint64 epoch, uint8 pool, address account, uint256 cumulative, bytes32[] calldata proof)
        external
        view
        returns (bool);
    /// @notice Whether (owner, nodeId, cumulative) is a leaf of that epoch's penalty tree.
    function verifyPenalty(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative, bytes32[] calldata proof)
        external
        view
        returns (bool);
}
