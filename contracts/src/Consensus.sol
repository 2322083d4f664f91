// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {SEATS_FINAL_MIN} from "./Limits.sol";
import {verifyLeaf} from "./Proofs.sol";
import {Reports} from "./Reports.sol";
import {EpochRoot, RootView, ScoreLeaf, StoredRoot, ValidatorLeaf} from "./Types.sol";

/// @title What the validators found together: one root an epoch, for ever
/// @notice A root stands when seats with at least two thirds of the capped weight of its epoch signed it; anybody may post it.
/// Roots are final, their epochs only rise, and each names the one before. Epochs without a root are skipped.
abstract contract Consensus is Reports {
    bytes32 private constant ROOT_TYPEHASH = keccak256(
        "EpochRoot(uint64 epoch,uint32 round,bytes32 scoreRoot,bytes32 rewardRoot,bytes32 penaltyRoot,bytes32 reportSetHash,bytes32 nodeSetRoot,bytes32 previousRoot,bytes32 policyHash)"
    );
    /// @dev r and vs (EIP-2098) of one signature.
    uint256 private constant SIGNATURE_BYTES = 64;

    mapping(uint64 epoch => StoredRoot) private _roots;
    uint64 private _lastRootEpoch;
    uint64 private _rootCount;

    /// @notice Carries the whole root and who signed it: nothing else is needed to check it against the seats of its epoch.
    event EpochPosted(uint64 indexed epoch, bytes32 rootHash, EpochRoot root, uint256 seats, bytes signatures);

    /// @notice This very root is posted already: whoever sends it again has succeeded.
    error AlreadyPosted(uint64 epoch);
    error OtherRootStands(uint64 epoch);
    /// @notice A root of a later epoch, `last`, is posted; epochs only rise.
    error EpochNotRising(uint64 epoch, uint64 last);
    /// @notice Reports are accepted until `revealAt` (Unix time in seconds); what was found together comes after that.
    error RevealNotReached(uint64 epoch, uint256 revealAt);
    error WrongPreviousRoot(bytes32 expected, bytes32 given);
    /// @notice The epoch has no seats, the bitmap names others than these, or there aren't 64 bytes for each seat in it.
    error BadSignatures();
    /// @notice Recovered is zero when the signature isn't well-formed with low s.
    error WrongSeatSigner(uint256 seat, address recovered);
    /// @notice The signed weight is below two thirds of all.
    error NoQuorum(uint256 signed, uint256 total);

    /// @notice Posts what at least two thirds of the capped weight found about an epoch. Anybody may send it.
    /// @param seats Bit i set: seat i of `activeSetAt(root.epoch)` signed.
    /// @param signatures 64 bytes r ‖ vs (EIP-2098) for each such seat, by rising seat, over the root's EIP-712 digest.
    function postEpoch(EpochRoot calldata root, uint256 seats, bytes calldata signatures) external {
        uint64 epoch = root.epoch;
        bytes32 rootHash = hashRoot(root);
        uint64 last = _lastRootEpoch;
        _checkOrder(root, rootHash, last);
        SetVersion storage set = _setAt(epoch);
        uint256 count = set.count;
        if (count == 0 || seats >> count != 0) revert BadSignatures();
        _checkSignatures(set, _hashTypedDataV4(rootHash), seats, signatures);

        _roots[epoch] = StoredRoot({
            rootHash: rootHash,
            scoreRoot: root.scoreRoot,
            rewardRoot: root.rewardRoot,
            penaltyRoot: root.penaltyRoot,
            blockNumber: uint64(block.number),
            timestamp: uint64(block.timestamp),
            previousEpoch: last,
            round: root.round,
            provisional: count < SEATS_FINAL_MIN
        });
        _lastRootEpoch = epoch;
        ++_rootCount;
        _adoptPolicy(root.policyHash);
        emit EpochPosted(epoch, rootHash, root, seats, signatures);
    }

    /// @notice What is stored of a root; all zero, `posted` false, when there is none.
    function rootOf(uint64 epoch) external view returns (RootView memory) {
        StoredRoot memory stored = _roots[epoch];
        return RootView({
            posted: stored.rootHash != bytes32(0),
            rootHash: stored.rootHash,
            scoreRoot: stored.scoreRoot,
            rewardRoot: stored.rewardRoot,
            penaltyRoot: stored.penaltyRoot,
            round: stored.round,
            provisional: stored.provisional,
            previousEpoch: stored.previousEpoch,
            blockNumber: stored.blockNumber,
            timestamp: stored.timestamp
        });
    }

    /// @notice The newest root; all zero when there is none.
    function lastRoot() external view returns (uint64 epoch, bytes32 rootHash) {
        epoch = _lastRootEpoch;
        rootHash = _roots[epoch].rootHash;
    }

    /// @notice How many consensus roots have been posted.
    function rootCount() external view returns (uint64) {
        return _rootCount;
    }

    /// @notice Whether a node's line is in the score tree of that epoch.
    function verifyScore(uint64 epoch, ScoreLeaf calldata leaf, bytes32[] calldata proof) external view returns (bool) {
        return leaf.epoch == epoch && verifyLeaf(_roots[epoch].scoreRoot, keccak256(abi.encode(leaf)), proof);
    }

    /// @notice Whether a validator's line is in the score tree of that epoch.
    function verifyValidator(uint64 epoch, ValidatorLeaf calldata leaf, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        return leaf.epoch == epoch && verifyLeaf(_roots[epoch].scoreRoot, keccak256(abi.encode(leaf)), proof);
    }

    /// @notice Whether (pool, account, cumulative) is a leaf of that epoch's reward tree. Pool 0: rewards, 1: compensation.
    function verifyReward(uint64 epoch, uint8 pool, address account, uint256 cumulative, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        return verifyLeaf(_roots[epoch].rewardRoot, keccak256(abi.encode(pool, account, cumulative)), proof);
    }

    /// @notice Whether (owner, nodeId, cumulative) is a leaf of that epoch's penalty tree.
    function verifyPenalty(uint64 epoch, address owner, bytes32 nodeId, uint256 cumulative, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        return verifyLeaf(_roots[epoch].penaltyRoot, keccak256(abi.encode(owner, nodeId, cumulative)), proof);
    }

    /// @notice The EIP-712 struct hash of a root.
    function hashRoot(EpochRoot calldata root) public pure returns (bytes32) {
        return keccak256(abi.encode(ROOT_TYPEHASH, root));
    }

    function _checkOrder(EpochRoot calldata root, bytes32 rootHash, uint64 last) private view {
        uint64 epoch = root.epoch;
        bytes32 stored = _roots[epoch].rootHash;
        if (stored == rootHash) revert AlreadyPosted(epoch);
        if (stored != bytes32(0)) revert OtherRootStands(epoch);
        if (epoch <= last) revert EpochNotRising(epoch, last);
        uint256 revealAt = _reportDeadline(epoch);
        if (block.timestamp < revealAt) revert RevealNotReached(epoch, revealAt);
        bytes32 previous = _roots[last].rootHash;
        if (root.previousRoot != previous) revert WrongPreviousRoot(previous, root.previousRoot);
        if (root.policyHash == bytes32(0)) revert ZeroPolicy();
    }

    /// @dev Each signature must be by the signer whom the set names for that very seat, so none counts twice.
    function _checkSignatures(SetVersion storage set, bytes32 digest, uint256 seats, bytes calldata signatures)
        private
        view
    {
        (uint256 cap, uint256 total) = (set.cap, set.total);
        uint256 signed = 0;
        uint256 offset = 0;
        for (uint256 seat = 0; seats >> seat != 0; ++seat) {
            if (seats >> seat & 1 == 0) continue;
            if (signatures.length < offset + SIGNATURE_BYTES) revert BadSignatures();
            bytes32 r = bytes32(signatures[offset:offset + 32]);
            bytes32 vs = bytes32(signatures[offset + 32:offset + SIGNATURE_BYTES]);
            (address recovered,,) = ECDSA.tryRecover(digest, r, vs);
            uint256 word = set.words[seat];
            if (recovered != _signerOf(word)) revert WrongSeatSigner(seat, recovered);
            signed += _weightOf(word, cap);
            offset += SIGNATURE_BYTES;
        }
        if (signatures.length != offset) revert BadSignatures();
        if (3 * signed < 2 * total) revert NoQuorum(signed, total);
    }
}
