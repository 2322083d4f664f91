// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {HashToG1} from "./HashToG1.sol";
import {BLS12_PAIRING_CHECK, callPrecompile} from "./Precompiles.sol";

/// @title Rounds of a drand chain of the scheme bls-unchained-g1-rfc9380, checked on chain
/// @notice Public keys lie on G2, signatures on G1, both uncompressed in EIP-2537's form: each coordinate 64 bytes, big-endian;
/// on G2 an element c0 + c1·u is c0 then c1. What drand publishes is compressed; compression is done here, decompression by
/// whoever calls, so that no square root is taken on chain.
library Drand {
    /// @dev G2's generator with y negated, in EIP-2537's form.
    bytes private constant G2_NEGATED = hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";
    /// @dev (p − 1) / 2 in two words: y above it is the larger of the two roots.
    uint256 private constant HALF_HIGH = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LOW = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;
    /// @dev Flags of a compressed point's first byte: it is compressed; its y is the larger root.
    bytes1 private constant COMPRESSED = 0x80;
    bytes1 private constant LARGER_ROOT = 0x20;
    uint256 private constant G1_LENGTH = 128;
    uint256 private constant G2_LENGTH = 256;

    error WrongKeyLength(uint256 length);
    /// @notice The public key is the point at infinity, under which the empty signature would sign everything.
    error KeyAtInfinity();
    error WrongSignatureLength(uint256 length);

    /// @notice Refuses anything that isn't a point of G2's group other than infinity.
    function requireKey(bytes memory key) internal view {
        if (key.length != G2_LENGTH) revert WrongKeyLength(key.length);
        if (keccak256(key) == keccak256(new bytes(G2_LENGTH))) revert KeyAtInfinity();
        // the pairing's precompile refuses points outside of the group; what it is paired with doesn't matter
        callPrecompile(BLS12_PAIRING_CHECK, bytes.concat(HashToG1.hashToG1(0), key), 32);
    }

    /// @notice Whether `signature` is what the key makes for this round: e(signature, −g2) · e(H(SHA-256(round)), key) = 1.
    /// Reverts for what is no point of G1's group.
    function verify(bytes memory key, uint64 round, bytes memory signature) internal view returns (bool) {
        if (signature.length != G1_LENGTH) revert WrongSignatureLength(signature.length);
        bytes memory message = HashToG1.hashToG1(sha256(abi.encodePacked(round)));
        bytes memory pairs = bytes.concat(signature, G2_NEGATED, message, key);
        return uint256(bytes32(callPrecompile(BLS12_PAIRING_CHECK, pairs, 32))) == 1;
    }

    /// @notice The beacon's randomness: SHA-256 of the compressed signature. Only for one that verify accepted.
    function randomness(bytes memory signature) internal pure returns (bytes32) {
        return sha256(compressG1(signature));
    }

    /// @notice The 48 bytes that drand publishes. Only for points that a precompile accepted, and not for infinity.
    function compressG1(bytes memory point) internal pure returns (bytes memory) {
        bytes memory x = _slice(point, 16, 48);
        x[0] |= _isLarger(point, 64) ? COMPRESSED | LARGER_ROOT : COMPRESSED;
        return x;
    }

    /// @notice The 96 bytes of a compressed key: the coordinate's c1, then its c0. Only for points that a precompile accepted.
    function compressG2(bytes memory point) internal pure returns (bytes memory out) {
        out = bytes.concat(_slice(point, 80, 48), _slice(point, 16, 48));
        bool c1IsZero = _word(point, 192) == 0 && _word(point, 224) == 0;
        out[0] |= _isLarger(point, c1IsZero ? 128 : 192) ? COMPRESSED | LARGER_ROOT : COMPRESSED;
    }

    /// @notice The key as policies write it: 0x and 192 hexadecimal digits in lower case.
    function keyText(bytes memory key) internal pure returns (string memory) {
        return Strings.toHexString(compressG2(key));
    }

    /// @dev Whether the field element at `offset` is above (p − 1) / 2.
    function _isLarger(bytes memory point, uint256 offset) private pure returns (bool) {
        (uint256 high, uint256 low) = (_word(point, offset), _word(point, offset + 32));
        return high > HALF_HIGH || (high == HALF_HIGH && low > HALF_LOW);
    }

    function _word(bytes memory data, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }

    function _slice(bytes memory data, uint256 offset, uint256 length) private pure returns (bytes memory out) {
        out = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(out, 32), add(add(data, 32), offset), length)
        }
    }
}
