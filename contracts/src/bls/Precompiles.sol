// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

// The precompiles that the beacon's check needs: modular exponentiation (EIP-198) and BLS12-381 (EIP-2537). A call to an address
// without code succeeds with no data, so the answer's length decides: where one is missing, nothing is ever accepted.

address constant MODEXP = address(0x05);
address constant BLS12_G1ADD = address(0x0b);
address constant BLS12_PAIRING_CHECK = address(0x0f);
address constant BLS12_MAP_FP_TO_G1 = address(0x10);

/// @notice This chain has no such precompile.
error PrecompileMissing(address precompile);
/// @notice The precompile refused its input: coordinates that are no point of the curve or of the group.
error PrecompileFailed(address precompile);

/// @dev Calls a precompile whose answers to valid input all have `length` bytes.
function callPrecompile(address precompile, bytes memory input, uint256 length) view returns (bytes memory output) {
    bool success;
    (success, output) = precompile.staticcall(input);
    if (!success) revert PrecompileFailed(precompile);
    if (output.length != length) revert PrecompileMissing(precompile);
}
