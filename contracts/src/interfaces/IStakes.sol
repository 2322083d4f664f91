// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What the registry and the fault prover ask of the stakes. An account is (owner, id): id 0 is the owner's stake as a
/// validator, any other id is the bond of the node with that nodeId.
interface IStakes {
    function VALIDATOR_MIN() external view returns (uint256);
    function NODE_MIN() external view returns (uint256);
    /// @notice How long stake waits before it can be withdrawn, in seconds.
    function UNBONDING_SECONDS() external view returns (uint64);

    /// @notice Stake that counts: deposited, not unbonding, not slashed.
    function bonded(address owner, bytes32 id) external view returns (uint256);

    /// @notice Fault prover only. Queues a slash of `ppm` millionths of all that the account holds when it is executed.
    /// @param faultKey names the fault; a second slash for the same one is refused.
    function queueSlash(address owner, bytes32 id, uint32 ppm, address reporter, bytes32 faultKey)
        external
        returns (uint256 slashId);
}
