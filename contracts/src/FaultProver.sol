// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";

import {Challenge, Receipt} from "./FaultTypes.sol";
import {EpochReport, EpochRoot} from "./Types.sol";
import {Drand} from "./bls/Drand.sol";
import {Draws} from "./faults/Draws.sol";
import {PolicyText} from "./faults/PolicyText.sol";
import {IRegistry} from "./interfaces/IRegistry.sol";
import {IStakes} from "./interfaces/IStakes.sol";

/// @title Proofs of dishonesty that need nobody's word
/// @notice Each fault is two signatures, or a signature and public facts, that an honest key never makes, in whatever order
/// messages arrive. Anybody may prove one; the slash is queued with the caller as its reporter. A fault is proven once, and a
/// validator's only until the unbonding delay has passed since its epoch: a signer's key that leaks years later convicts nobody.
contract FaultProver {
    /// @notice The drand chain's public key: a point of G2, uncompressed, in EIP-2537's form (x.c0, x.c1, y.c0, y.c1).
    struct DrandKey {
        bytes32[8] words;
    }

    /// @notice Kinds of faults, as in FaultProven and in fault keys.
    uint8 public constant TWO_REPORTS = 1;
    uint8 public constant TWO_ROOTS = 2;
    uint8 public constant UNDRAWN = 3;
    uint8 public constant TWO_RECEIPTS = 4;

    /// @notice What each fault costs, in millionths of all that the account holds when the slash is executed.
    uint32 public constant TWO_REPORTS_PPM = 500_000;
    uint32 public constant TWO_ROOTS_PPM = 500_000;
    uint32 public constant UNDRAWN_PPM = 100_000;
    uint32 public constant TWO_RECEIPTS_PPM = 200_000;

    bytes32 private constant CHALLENGE_TYPEHASH = keccak256(
        "Challenge(uint64 epoch,uint32 slot,uint32 draw,address validator,bytes32 nodeId,uint8 kind,bytes32 paramsHash,bytes32 nonce,uint64 deadline)"
    );
    bytes32 private constant COMMITMENT_TYPEHASH =
        keccak256("Commitment(bytes32 nodeId,bytes32 challengeHash,bytes32 commitment)");
    bytes32 private constant OPENING_TYPEHASH =
        keccak256("Opening(bytes32 challengeHash,bytes32 commitment,bytes32 drawHash,bytes32 openingHash)");
    /// @dev The stake of a validator, beside the bonds of its nodes.
    bytes32 private constant VALIDATOR_STAKE = bytes32(0);

    IRegistry public immutable REGISTRY;
    IStakes public immutable STAKES;

    /// @notice Whether the fault with this key was proven.
    mapping(bytes32 faultKey => bool) public proven;
    bytes private _drandKey;
    /// @dev How the beacon of a policy with this key ends.
    bytes private _beaconTail;

    event FaultProven(
        uint8 indexed kind, address indexed offender, bytes32 indexed faultKey, address reporter, uint256 slashId
    );

    error ZeroAddress();
    error AlreadyProven(bytes32 faultKey);
    /// @notice The two statements are about different epochs, rounds or validators: that is no fault.
    error OtherEpoch(uint64 a, uint64 b);
    error OtherRound(uint32 a, uint32 b);
    error OtherValidator(address a, address b);
    /// @notice Both statements are the same one.
    error SameReport(bytes32 reportHash);
    error SameRoot(bytes32 rootHash);
    error SameCommitment(bytes32 commitment);
    /// @notice Faults of that epoch could be proven up to and including the Unix time `until`.
    error FaultTooOld(uint64 epoch, uint256 until);
    error ValidatorNotActive(address validator, uint64 epoch);
    /// @notice `recovered` is zero when the signature is malformed or has a high s.
    error WrongSigner(address expected, address recovered);
    error UnknownNode(bytes32 nodeId);
    /// @notice (r, s) isn't the node's low-s signature; `second` says of which receipt.
    error WrongReceipt(bool second);
    /// @notice The report isn't the one that was posted (zero: none was).
    error NotThePostedReport(bytes32 posted, bytes32 given);
    /// @notice The epoch's beacon round would lie before the drand chain's first.
    error BeaconNotBegun(uint256 time, uint256 genesis);
    /// @notice The signature isn't the beacon's for the epoch's round.
    error WrongRoundSignature(uint64 round);
    /// @notice The challenge was drawn: no fault.
    error ChallengeWasDrawn(uint32 slot, uint32 draw, uint32 nodeIndex);

    constructor(address registry, address stakes, DrandKey memory key) {
        if (registry == address(0) || stakes == address(0)) revert ZeroAddress();
        REGISTRY = IRegistry(registry);
        STAKES = IStakes(stakes);
        bytes memory point = abi.encode(key);
        Drand.requireKey(point);
        _drandKey = point;
        _beaconTail = PolicyText.beaconTail(Drand.keyText(point));
    }

    /// @notice The drand chain's public key, as at deployment.
    function drandKey() external view returns (DrandKey memory) {
        return abi.decode(_drandKey, (DrandKey));
    }

    // ── proofs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @notice A validator signed two different reports about one epoch, posted or not.
    /// @param sigA 65 bytes r ‖ s ‖ v or 64 bytes r ‖ vs (EIP-2098); all signatures of validators here may have either form.
    function proveTwoReports(EpochReport calldata a, bytes calldata sigA, EpochReport calldata b, bytes calldata sigB)
        external
        returns (uint256 slashId)
    {
        if (a.validator != b.validator) revert OtherValidator(a.validator, b.validator);
        if (a.epoch != b.epoch) revert OtherEpoch(a.epoch, b.epoch);
        _requireRecent(a.epoch);
        bytes32 hashA = REGISTRY.hashReport(a);
        bytes32 hashB = REGISTRY.hashReport(b);
        if (hashA == hashB) revert SameReport(hashA);
        _requireSignedBy(a.validator, a.epoch, hashA, sigA);
        _requireSignedBy(a.validator, a.epoch, hashB, sigB);
        return _queue(TWO_REPORTS, a.validator, VALIDATOR_STAKE, TWO_REPORTS_PPM, reportsKey(a.validator, a.epoch));
    }

    /// @notice A validator signed two different consensus roots of one epoch in one round. Another round may bring another root.
    function proveTwoRoots(
        address validator,
        EpochRoot calldata a,
        bytes calldata sigA,
        EpochRoot calldata b,
        bytes calldata sigB
    ) external returns (uint256 slashId) {
        if (a.epoch != b.epoch) revert OtherEpoch(a.epoch, b.epoch);
        if (a.round != b.round) revert OtherRound(a.round, b.round);
        _requireRecent(a.epoch);
        {
            bytes32 hashA = REGISTRY.hashRoot(a);
            bytes32 hashB = REGISTRY.hashRoot(b);
            if (hashA == hashB) revert SameRoot(hashA);
            _requireSignedBy(validator, a.epoch, hashA, sigA);
            _requireSignedBy(validator, a.epoch, hashB, sigB);
        }
        return _queue(TWO_ROOTS, validator, VALIDATOR_STAKE, TWO_ROOTS_PPM, rootsKey(validator, a.epoch, a.round));
    }

    /// @notice A validator signed a challenge that its seed and the epoch's beacon didn't draw: in place of the drawn node, or, as
    /// member of its cohort, in place of another node of that one's operator. Its posted report reveals the
    /// seed; the beacon round follows from the policy's clock and is checked by its BLS signature.
    /// @param roundSignature drand's signature of the epoch's beacon round, uncompressed, 128 bytes.
    /// @param policyPrefix The canonical policy up to `{"auditsPerNodePerDay":`, without it; `policySuffix` goes on after the number.
    function proveUndrawn(
        Challenge calldata c,
        bytes calldata sig,
        EpochReport calldata report,
        bytes calldata roundSignature,
        bytes calldata policyPrefix,
        bytes calldata policySuffix,
        uint32 auditsPerNodePerDay
    ) external returns (uint256 slashId) {
        _requireChallenge(c, sig, report);
        PolicyText.requireAudits(policyPrefix, auditsPerNodePerDay, policySuffix, report.policyHash);
        bytes32 beacon = _beaconOf(c.epoch, policyPrefix, roundSignature);
        _requireUndrawn(c, report, beacon, auditsPerNodePerDay);
        return _queueUndrawn(c.validator, c.epoch);
    }

    /// @notice A node signed receipts of two different commitments for one challenge. Its bond is slashed, not its operator's stake.
    function proveTwoReceipts(bytes32 nodeId, bytes32 challengeHash, Receipt calldata a, Receipt calldata b)
        external
        returns (uint256 slashId)
    {
        if (a.commitment == b.commitment) revert SameCommitment(a.commitment);
        (bool known, address operator, bytes32 qx, bytes32 qy,) = REGISTRY.nodeKey(nodeId);
        if (!known) revert UnknownNode(nodeId);
        if (!P256.verify(_receiptDigest(nodeId, challengeHash, a), a.r, a.s, qx, qy)) revert WrongReceipt(false);
        if (!P256.verify(_receiptDigest(nodeId, challengeHash, b), b.r, b.s, qx, qy)) revert WrongReceipt(true);
        return _queue(TWO_RECEIPTS, operator, nodeId, TWO_RECEIPTS_PPM, receiptsKey(nodeId, challengeHash));
    }

    // ── fault keys ──────────────────────────────────────────────────────────────────────────────────────────────────────

    function reportsKey(address validator, uint64 epoch) public pure returns (bytes32) {
        return keccak256(abi.encode(TWO_REPORTS, validator, epoch));
    }

    function rootsKey(address validator, uint64 epoch, uint32 round) public pure returns (bytes32) {
        return keccak256(abi.encode(TWO_ROOTS, validator, epoch, round));
    }

    function undrawnKey(address validator, uint64 epoch) public pure returns (bytes32) {
        return keccak256(abi.encode(UNDRAWN, validator, epoch));
    }

    function receiptsKey(bytes32 nodeId, bytes32 challengeHash) public pure returns (bytes32) {
        return keccak256(abi.encode(TWO_RECEIPTS, nodeId, challengeHash));
    }

    // ── internals ───────────────────────────────────────────────────────────────────────────────────────────────────────

    /// @dev Marks the fault before it calls the stakes, which refuse a fault key's second use as well.
    function _queue(uint8 kind, address offender, bytes32 id, uint32 ppm, bytes32 faultKey)
        private
        returns (uint256 slashId)
    {
        if (proven[faultKey]) revert AlreadyProven(faultKey);
        proven[faultKey] = true;
        slashId = STAKES.queueSlash(offender, id, ppm, msg.sender, faultKey);
        emit FaultProven(kind, offender, faultKey, msg.sender, slashId);
    }

    function _queueUndrawn(address validator, uint64 epoch) private returns (uint256 slashId) {
        return _queue(UNDRAWN, validator, VALIDATOR_STAKE, UNDRAWN_PPM, undrawnKey(validator, epoch));
    }

    /// @dev Keys of signers are rotated and may leak later, when they could sign whatever epoch they were once good for. Stake
    /// that was bonded in an epoch may be gone that long after it, too. The last epoch of 64 bits, which nobody reaches, overflows.
    function _requireRecent(uint64 epoch) private view {
        uint256 until = REGISTRY.epochStart(epoch + 1) + STAKES.UNBONDING_SECONDS();
        if (block.timestamp > until) revert FaultTooOld(epoch, until);
    }

    /// @dev The statement with this hash is signed by the validator's signer of that epoch.
    function _requireSignedBy(address validator, uint64 epoch, bytes32 structHash, bytes calldata signature)
        private
        view
    {
        address signer = REGISTRY.signerAt(validator, epoch);
        // without this a malformed signature, which recovers to zero, would be that of a validator without a signer
        if (signer == address(0)) revert ValidatorNotActive(validator, epoch);
        bytes32 digest = MessageHashUtils.toTypedDataHash(REGISTRY.domainSeparator(), structHash);
        address recovered;
        if (signature.length == 64) {
            (recovered,,) = ECDSA.tryRecover(digest, bytes32(signature[:32]), bytes32(signature[32:]));
        } else {
            (recovered,,) = ECDSA.tryRecoverCalldata(digest, signature);
        }
        if (recovered != signer) revert WrongSigner(signer, recovered);
    }

    /// @dev The challenge is the validator's, and the report the one that it posted about that epoch.
    function _requireChallenge(Challenge calldata c, bytes calldata sig, EpochReport calldata report) private view {
        if (c.validator != report.validator) revert OtherValidator(c.validator, report.validator);
        if (c.epoch != report.epoch) revert OtherEpoch(c.epoch, report.epoch);
        _requireRecent(c.epoch);
        bytes32 posted = REGISTRY.reportHashOf(report.validator, report.epoch);
        bytes32 given = REGISTRY.hashReport(report);
        if (posted != given) revert NotThePostedReport(posted, given);
        // the type's fields are the struct's, all of one word each
        _requireSignedBy(c.validator, c.epoch, keccak256(abi.encode(CHALLENGE_TYPEHASH, c)), sig);
    }

    /// @dev The randomness of the epoch's beacon round, which is computed here: the report's own word for it isn't needed.
    function _beaconOf(uint64 epoch, bytes calldata policyPrefix, bytes calldata roundSignature)
        private
        view
        returns (bytes32)
    {
        PolicyText.BeaconClock memory clock = PolicyText.beaconClock(policyPrefix, _beaconTail);
        uint256 start = REGISTRY.epochStart(epoch);
        if (start < clock.genesis + clock.leadSeconds) revert BeaconNotBegun(start, clock.genesis);
        uint64 round = uint64((start - clock.leadSeconds - clock.genesis) / clock.periodSeconds + 1);
        if (!Drand.verify(_drandKey, round, roundSignature)) revert WrongRoundSignature(round);
        return Drand.randomness(roundSignature);
    }

    function _requireUndrawn(Challenge calldata c, EpochReport calldata report, bytes32 beacon, uint32 audits)
        private
        view
    {
        Draws.Plan memory plan = Draws.Plan({
            nodeCount: report.nodeCount,
            validatorCount: REGISTRY.validatorCountAt(c.epoch),
            auditsPerNodePerDay: audits,
            slotSeconds: REGISTRY.SLOT_SECONDS(),
            slotsPerEpoch: REGISTRY.SLOTS_PER_EPOCH()
        });
        (uint32 draw, uint32 place) = Draws.placeOf(c.draw);
        if (place > Draws.MEMBERS_MAX || draw >= Draws.countIn(plan, c.slot)) return;
        uint32 index = Draws.nodeIndex(report.seed, beacon, c.slot, draw, plan.nodeCount);
        if (_mayBeAt(place, c.nodeId, index, c.epoch)) revert ChallengeWasDrawn(c.slot, c.draw, index);
    }

    /// @dev Whether the node may stand at this place of the cohort around the drawn one: at 0 the drawn one alone, at all others
    /// any other node of its operator that was in effect. Kind, entry and which members were taken aren't looked at.
    function _mayBeAt(uint32 place, bytes32 nodeId, uint32 drawn, uint64 epoch) private view returns (bool) {
        (bool known, address operator,,,) = REGISTRY.nodeKey(nodeId);
        if (!known) return false;
        uint32 index = REGISTRY.nodeIndexOf(nodeId);
        if (place == 0) return index == drawn;
        // a node's operator never changes
        return index != drawn && index < REGISTRY.nodeCountAt(epoch)
            && REGISTRY.nodeAt(drawn, epoch).operator == operator;
    }

    /// @dev SHA-256 where EIP-712 has keccak, as nodes sign.
    function _receiptDigest(bytes32 nodeId, bytes32 challengeHash, Receipt calldata receipt)
        private
        view
        returns (bytes32)
    {
        bytes32 structHash = receipt.opening
            ? keccak256(
                abi.encode(OPENING_TYPEHASH, challengeHash, receipt.commitment, receipt.drawHash, receipt.openingHash)
            )
            : keccak256(abi.encode(COMMITMENT_TYPEHASH, nodeId, challengeHash, receipt.commitment));
        return sha256(abi.encodePacked(hex"1901", REGISTRY.domainSeparator(), structHash));
    }
}
