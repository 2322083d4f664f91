// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {BLS12_G1ADD, BLS12_MAP_FP_TO_G1, MODEXP, callPrecompile} from "./Precompiles.sol";

/// @title RFC 9380's hash_to_curve for BLS12-381's G1: suite BLS12381G1_XMD:SHA-256_SSWU_RO_
/// @notice Points and field elements are in EIP-2537's form: a field element is 64 bytes, big-endian, a point is x then y.
library HashToG1 {
    /// @dev The domain separation tag of drand's scheme bls-unchained-g1-rfc9380 (quicknet), 43 bytes, and its length.
    bytes private constant DST_PRIME = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_\x2b";
    /// @dev The field's prime p, padded to 64 bytes.
    bytes private constant FIELD_PRIME =
        hex"000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

    /// @notice The point of the group that `message` hashes to; 128 bytes.
    function hashToG1(bytes32 message) internal view returns (bytes memory) {
        (bytes memory u0, bytes memory u1) = _hashToField(message);
        bytes memory q0 = callPrecompile(BLS12_MAP_FP_TO_G1, u0, 128);
        bytes memory q1 = callPrecompile(BLS12_MAP_FP_TO_G1, u1, 128);
        // the map of EIP-2537 clears the cofactor of each point; the sum is the same as RFC 9380's, which clears that of the sum
        return callPrecompile(BLS12_G1ADD, bytes.concat(q0, q1), 128);
    }

    /// @dev hash_to_field with count 2: expand_message_xmd to 128 bytes, two integers of 64, each mod p (sections 5.2, 5.3.1).
    function _hashToField(bytes32 message) private view returns (bytes memory u0, bytes memory u1) {
        bytes32 b0 = sha256(abi.encodePacked(new bytes(64), message, uint16(128), uint8(0), DST_PRIME));
        bytes32 b1 = sha256(abi.encodePacked(b0, uint8(1), DST_PRIME));
        bytes32 b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), DST_PRIME));
        bytes32 b3 = sha256(abi.encodePacked(b0 ^ b2, uint8(3), DST_PRIME));
        bytes32 b4 = sha256(abi.encodePacked(b0 ^ b3, uint8(4), DST_PRIME));
        u0 = _modP(bytes.concat(b1, b2));
        u1 = _modP(bytes.concat(b3, b4));
    }

    /// @dev Reduces a 64-byte integer: its first power modulo p.
    function _modP(bytes memory value) private view returns (bytes memory) {
        bytes memory input = abi.encodePacked(uint256(64), uint256(1), uint256(64), value, uint8(1), FIELD_PRIME);
        return callPrecompile(MODEXP, input, 64);
    }
}
